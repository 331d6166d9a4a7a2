import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeHost, type FakeHost } from '../fake/fakeHost';
import type { Scene } from '../fake/scenes';
import { useHost } from '../host';
import { Editor } from './editor.svelte';
import { followHost } from './query.svelte';

const id = 'char-mirelle';
let host: FakeHost;
let stop: () => void;

async function opened(...scenes: Scene[]): Promise<Editor> {
	host = fakeHost(new URL('http://localhost/'), scenes);
	useHost(host);
	const unfollow = await followHost();
	const editor = new Editor(id);
	const close = editor.open();
	stop = () => {
		close();
		unfollow();
	};
	await vi.advanceTimersByTimeAsync(20);
	return editor;
}

describe('Editor', () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => {
		stop();
		vi.useRealTimers();
	});

	it('says saved only after the host has answered', async () => {
		const editor = await opened();
		editor.buffer('scenario')!.type('A new scene.');
		expect(editor.unsaved).toBe(true);
		await vi.advanceTimersByTimeAsync(79);
		expect(host.edits).toEqual([]);
		expect(editor.unsaved).toBe(true);
		await vi.advanceTimersByTimeAsync(50);
		expect(host.world.characters[0]!.doc.text.scenario).toBe('A new scene.');
		expect(editor.unsaved).toBe(false);
		expect(editor.character?.changes.map((one) => one.path)).toContain('scenario');
	});

	it('never overwrites typing by a refresh', async () => {
		const editor = await opened();
		const buffer = editor.buffer('scenario')!;
		const reading = editor.reload();
		buffer.type('Typed while the answer was on its way');
		await vi.advanceTimersByTimeAsync(10);
		await reading;
		expect(buffer.text).toBe('Typed while the answer was on its way');
		await vi.advanceTimersByTimeAsync(500);
		expect(host.world.characters[0]!.doc.text.scenario).toBe('Typed while the answer was on its way');
	});

	it('takes another window’s change of a field that is not being typed in', async () => {
		const editor = await opened();
		const it = host.world.characters[0]!;
		it.doc = { ...it.doc, text: { ...it.doc.text, personality: 'Changed over there.' } };
		it.revision += 1;
		editor.buffer('scenario')!.type('Mine');
		host.tell([`character:${id}`]);
		await vi.advanceTimersByTimeAsync(1500);
		expect(editor.buffer('personality')!.text).toBe('Changed over there.');
		expect(editor.buffer('scenario')!.text).toBe('Mine');
	});

	it('sends each field on the revision its own text stands on', async () => {
		const editor = await opened();
		const before = editor.character!.revision;
		editor.buffer('scenario')!.type('One');
		await vi.advanceTimersByTimeAsync(120);
		editor.buffer('description')!.type('Two');
		await vi.advanceTimersByTimeAsync(120);
		expect(host.edits.map((one) => one.revision)).toEqual([before, before]);
	});

	it('keeps the text when the store is full, and saves it by itself when there is room', async () => {
		const editor = await opened('full');
		const buffer = editor.buffer('scenario')!;
		buffer.type('Not on the disk yet');
		await vi.advanceTimersByTimeAsync(200);
		expect(editor.refused?.problem?.code).toBe('store_full');
		expect(editor.unsaved).toBe(true);
		expect(buffer.text).toBe('Not on the disk yet');
		useHost({ ...host, editField: fakeHost(new URL('http://localhost/')).editField });
		await vi.advanceTimersByTimeAsync(5000);
		expect(editor.refused).toBeUndefined();
		expect(editor.unsaved).toBe(false);
	});

	it('holds both texts when two windows changed one field, until the person chooses', async () => {
		const editor = await opened('conflict');
		const buffer = editor.buffer('description')!;
		const theirs = buffer.text;
		buffer.type('Mine');
		await vi.advanceTimersByTimeAsync(300);
		expect(buffer.conflict).toBe(true);
		expect(buffer.text).toBe('Mine');
		expect(buffer.theirs?.text).toBe(theirs);
		const sent = host.edits.length;
		await vi.advanceTimersByTimeAsync(10_000);
		expect(host.edits.length).toBe(sent);
		editor.takeTheirs(buffer);
		expect(buffer.text).toBe(theirs);
		expect(editor.unsaved).toBe(false);
	});

	it('undoes by the host, after what is typed is saved', async () => {
		const editor = await opened();
		const buffer = editor.buffer('scenario')!;
		const was = buffer.text;
		buffer.type('Something else');
		const undone = editor.undo();
		await vi.advanceTimersByTimeAsync(100);
		expect(await undone).toBe('scenario');
		expect(buffer.text).toBe(was);
		expect(editor.character?.can_redo).toBe(true);
	});

	it('saves what is typed when it is left', async () => {
		const editor = await opened();
		editor.buffer('scenario')!.type('Last words');
		stop();
		await vi.advanceTimersByTimeAsync(20);
		expect(host.world.characters[0]!.doc.text.scenario).toBe('Last words');
	});
});
