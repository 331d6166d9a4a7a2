import type { Character, Saved, SideChoice, TakenIn, VersionRef } from '../types';
import { host, toHostError, type HostError } from '../host';
import { FieldBuffer } from './field.svelte';
import { onTags } from './query.svelte';

const retryAfter = 4000;
const quiet = 300;

/** One open character: what the host says of it, and what is being typed into it. */
export class Editor {
	readonly id: string;
	character = $state.raw<Character>();
	error = $state.raw<HostError | null>(null);
	/** A refusal that is not one field's: slug, portrait, undo. */
	problem = $state.raw<HostError | null>(null);
	busy = $state(false);
	buffers = $state.raw<Map<string, FieldBuffer>>(new Map());
	#retrying = false;
	#refresh: ReturnType<typeof setTimeout> | null = null;

	constructor(id: string) {
		this.id = id;
	}

	/** Reads the character and follows its changes until the answer is called; leaving saves what is typed. */
	open(): () => void {
		void this.reload();
		const stop = onTags((tags) => {
			if (tags.includes(`character:${this.id}`)) this.#reloadWhenQuiet();
		});
		const flush = () => void this.flush();
		const hidden = () => document.visibilityState === 'hidden' && flush();
		window.addEventListener('blur', flush);
		window.addEventListener('pagehide', flush);
		document.addEventListener('visibilitychange', hidden);
		return () => {
			stop();
			flush();
			window.removeEventListener('blur', flush);
			window.removeEventListener('pagehide', flush);
			document.removeEventListener('visibilitychange', hidden);
		};
	}

	get unsaved(): boolean {
		return [...this.buffers.values()].some((buffer) => buffer.unsaved);
	}

	/** The first field the store did not take. */
	get refused(): FieldBuffer | undefined {
		return [...this.buffers.values()].find((buffer) => buffer.problem);
	}

	buffer(key: string): FieldBuffer | undefined {
		return this.buffers.get(key);
	}

	async reload(): Promise<void> {
		const before = this.#typed();
		try {
			this.adopt(await host.openCharacter(this.id), before);
			this.error = null;
		} catch (thrown) {
			this.error = toHostError(thrown);
		}
	}

	/** Sends everything typed; answers when it is saved or refused. */
	async flush(): Promise<void> {
		await Promise.all([...this.buffers.values()].map((buffer) => buffer.flush()));
	}

	undo(): Promise<string | null> {
		return this.#whole(() => host.undo(this.id));
	}

	redo(): Promise<string | null> {
		return this.#whole(() => host.redo(this.id));
	}

	/** Takes one field from a release into the draft. */
	restore(from: VersionRef, path: string): Promise<string | null> {
		return this.#whole(() => host.restoreField(this.id, from, path));
	}

	/** Takes the newest release in; what was typed is saved first, so that the merge has it. */
	async takeIn(): Promise<TakenIn | null> {
		let taken: TakenIn | null = null;
		await this.#whole(async () => {
			taken = await host.takeIn(this.id);
			return taken.character;
		});
		return taken;
	}

	/** Says which side stands where both changed the same. */
	settle(path: string, choice: SideChoice): Promise<string | null> {
		return this.#whole(() => host.settleOverlap(this.id, path, choice));
	}

	setSlug(slug: string): Promise<boolean> {
		return this.#part(() => host.setSlug(this.id, slug));
	}

	setPortrait(base64: string): Promise<boolean> {
		return this.#part(() => host.setPortrait(this.id, base64));
	}

	/**
	 * Takes what the host says. A field with unsaved text keeps it, and so does one typed in since the question was asked
	 * (`before`: keystrokes then).
	 */
	adopt(character: Character, before = this.#typed()): string | null {
		let changed: string | null = null;
		const buffers = new Map<string, FieldBuffer>();
		for (const field of character.fields) {
			const old = this.buffers.get(field.key);
			if (!old) {
				buffers.set(field.key, this.#newBuffer(field, character.revision));
				continue;
			}
			buffers.set(field.key, old);
			if (old.conflict) old.theirs = field;
			const untouched = !old.unsaved && old.typed === (before.get(field.key) ?? old.typed);
			if (!untouched || character.revision < old.revision) continue;
			const was = old.copy;
			old.take(field, character.revision);
			if (changed === null && was !== old.copy) changed = field.key;
		}
		if (!sameKeys(this.buffers, buffers)) this.buffers = buffers;
		if (!this.character || character.revision >= this.character.revision) this.character = character;
		return changed;
	}

	async retryRefused(): Promise<void> {
		this.problem = null;
		const refused = [...this.buffers.values()].filter((buffer) => buffer.problem && !buffer.conflict);
		await Promise.all(refused.map((buffer) => buffer.retry()));
	}

	keepMine(buffer: FieldBuffer): Promise<void> {
		return buffer.keepMine(this.character?.revision ?? buffer.revision);
	}

	takeTheirs(buffer: FieldBuffer): void {
		if (buffer.theirs && this.character) buffer.takeTheirs(buffer.theirs, this.character.revision);
	}

	#newBuffer(field: Character['fields'][number], revision: number): FieldBuffer {
		return new FieldBuffer(
			field,
			revision,
			(base, edit) => host.editField(this.id, base, edit),
			(buffer, saved) => (saved ? this.#saved(saved) : this.#refusedBy(buffer))
		);
	}

	#saved(saved: Saved): void {
		if (!this.character || saved.revision < this.character.revision) return;
		const { field_tokens: _, ...rest } = saved;
		this.character = { ...this.character, ...rest };
	}

	#refusedBy(buffer: FieldBuffer): void {
		if (buffer.conflict) {
			void this.reload();
			return;
		}
		if (this.#retrying) return;
		this.#retrying = true;
		setTimeout(() => {
			this.#retrying = false;
			void this.retryRefused();
		}, retryAfter);
	}

	async #whole(ask: () => Promise<Character>): Promise<string | null> {
		if (this.busy) return null;
		this.busy = true;
		try {
			await this.flush();
			if (this.refused) return null;
			const before = this.#typed();
			const changed = this.adopt(await ask(), before);
			this.problem = null;
			return changed;
		} catch (thrown) {
			this.problem = toHostError(thrown);
			return null;
		} finally {
			this.busy = false;
		}
	}

	async #part(ask: () => Promise<Saved>): Promise<boolean> {
		try {
			this.#saved(await ask());
			this.problem = null;
			return true;
		} catch (thrown) {
			this.problem = toHostError(thrown);
			return false;
		}
	}

	#reloadWhenQuiet(): void {
		if (this.#refresh !== null) clearTimeout(this.#refresh);
		this.#refresh = setTimeout(() => {
			this.#refresh = null;
			if (this.unsaved && !this.refused) this.#reloadWhenQuiet();
			else void this.reload();
		}, quiet);
	}

	#typed(): Map<string, number> {
		return new Map([...this.buffers].map(([key, buffer]) => [key, buffer.typed]));
	}
}

function sameKeys(a: Map<string, unknown>, b: Map<string, unknown>): boolean {
	return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}

const editors = new Map<string, Editor>();

/** The Editor of the view that is open, if it is a character's. Set by the view. */
export const onScreen = (() => {
	let editor = $state.raw<Editor | null>(null);
	return {
		get editor() {
			return editor;
		},
		set editor(now: Editor | null) {
			editor = now;
		}
	};
})();

/** The one Editor of a character in this window: it outlives the view, so that nothing typed is lost by leaving. */
export function editorOf(id: string): Editor {
	let found = editors.get(id);
	if (!found) {
		found = new Editor(id);
		editors.set(id, found);
	}
	return found;
}
