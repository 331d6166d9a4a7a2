import { describe, expect, it } from 'vitest';
import type { CharacterSummary, PublishCheck, Span } from './types';
import { publishWords } from './components/publish/publishWords';
import { ago, counted, firstLine, list, utc } from './format';
import { pieces } from './macros';
import { fieldOf } from './paths';
import { fold, sideOf } from './spans';
import { matching, tagsOf } from './state/find.svelte';

describe('pieces', () => {
	it.each([
		'',
		'plain',
		'{{user}}',
		'a {{char}} b <START> c',
		'{{ unclosed',
		'}}{{',
		'{{random:a,b}}\n{{// note}}'
	])('give %j back exactly', (text) => {
		expect(
			pieces(text)
				.map((piece) => piece.text)
				.join('')
		).toBe(text);
	});

	it('know macros from text', () => {
		expect(pieces('a {{user}} <b>').filter((piece) => piece.macro)).toEqual([
			{ text: '{{user}}', macro: true }
		]);
	});
});

describe('fold', () => {
	const long = 'word '.repeat(200);
	it('keeps the text around a change and says how much is hidden', () => {
		const spans: Span[] = [
			{ kind: 'same', text: long },
			{ kind: 'removed', text: 'old' },
			{ kind: 'added', text: 'new' },
			{ kind: 'same', text: long }
		];
		const shown = fold(spans);
		expect(shown.map((span) => span.kind)).toEqual(['fold', 'same', 'removed', 'added', 'same', 'fold']);
		expect(shown[0]!.text).toMatch(/^\d+ unchanged words$/);
		expect(shown[1]!.text.length).toBeLessThan(200);
	});

	it('leaves short texts and texts without a change as they are', () => {
		expect(fold([{ kind: 'same', text: 'short' }])).toEqual([{ kind: 'same', text: 'short' }]);
		expect(fold([{ kind: 'same', text: long }])).toEqual([{ kind: 'same', text: long }]);
	});

	it('splits into sides that give both texts', () => {
		const spans: Span[] = [
			{ kind: 'same', text: 'a ' },
			{ kind: 'removed', text: 'b' },
			{ kind: 'added', text: 'c' }
		];
		const text = (side: Span[]) => side.map((span) => span.text).join('');
		expect(text(sideOf(spans, 'removed'))).toBe('a b');
		expect(text(sideOf(spans, 'added'))).toBe('a c');
	});
});

describe('fieldOf', () => {
	it.each([
		['name', 'name'],
		['data.name', 'name'],
		['/data/alternate_greetings/2', 'alternate_greetings'],
		['data.tags[1]', 'tags'],
		['$.data.first_mes', 'first_mes']
	])('%s belongs to %s', (path, field) => expect(fieldOf(path)).toBe(field));
});

describe('times and numbers', () => {
	const now = new Date('2026-11-21T12:00:00Z');
	it.each([
		['2026-11-21T11:59:30Z', 'now'],
		['2026-11-21T11:55:00Z', '5 min'],
		['2026-11-21T11:00:00Z', '1 hour'],
		['2026-11-19T12:00:00Z', '2 days'],
		['2026-10-31T12:00:00Z', '3 weeks'],
		['2026-11-21T12:00:40Z', 'in 40 s']
	])('%s is %s', (at, words) => expect(ago(at, now)).toBe(words));

	it('have their unit, and UTC for hovering', () => {
		expect(counted(1, 'change', 'changes')).toBe('1 change');
		expect(counted(1204, 'token', 'tokens')).toBe('1,204 tokens');
		expect(utc('2026-11-21T12:00:40.123Z')).toBe('2026-11-21 12:00:40 UTC');
		expect(list(['a', 'b', 'c'])).toBe('a, b and c');
		expect(firstLine('\n  \n First \nsecond')).toBe('First');
	});
});

describe('matching', () => {
	const one = (name: string, more: Partial<CharacterSummary> = {}): CharacterSummary => ({
		id: name,
		name,
		slug: name,
		creator: 'ana',
		portrait: null,
		tags: [],
		updated_at: '2026-01-01',
		latest: null,
		unpublished_changes: false,
		waiting: 0,
		needs_you: 0,
		excerpt: '',
		...more
	});
	const all = [
		one('Añil', { tags: ['sea'] }),
		one('Brother Anselm', { updated_at: '2026-02-01' }),
		one('ليلى')
	];

	it('finds every word in name, tags and text, without case and accents', () => {
		expect(matching(all, 'anil SEA', 'all', null).map((it) => it.name)).toEqual(['Añil']);
		expect(matching(all, 'ليلى', 'all', null)).toHaveLength(1);
		expect(matching(all, 'zeppelin', 'all', null)).toEqual([]);
	});

	it('puts the newest first and counts tags', () => {
		expect(matching(all, '', 'never', null)[0]!.name).toBe('Brother Anselm');
		expect(tagsOf(all)).toEqual(['sea']);
	});
});

describe('publishWords', () => {
	const check: PublishCheck = {
		next_number: 5,
		unchanged_from: null,
		failures: [],
		changes: [],
		channels: ['stable'],
		blocked: null,
		online: true,
		rule_set: 'abc',
		rule_set_differs: false
	};

	it('say what will happen', () => {
		expect(publishWords(check, 'beta')).toMatchObject({ button: 'Publish 5 to beta', forbidden: null });
		expect(publishWords({ ...check, next_number: null }, 'beta').button).toBe('Publish to beta');
	});

	it('promise nothing while offline', () => {
		expect(publishWords({ ...check, online: false }, 'beta').button).toBe('Publish when online');
	});

	it('forbid what the rules forbid, and say why', () => {
		const failures = [{ code: 'required', field: 'name', message: 'Name is empty.' }];
		expect(publishWords({ ...check, failures }, 'beta').forbidden).toContain('missing');
		expect(publishWords({ ...check, unchanged_from: 4 }, 'beta').forbidden).toContain('release 4');
		expect(publishWords(check, ' ').forbidden).toBe('Name a channel.');
		const blocked = { code: 'base_revoked', message: 'Release 4 is revoked.', hints: [] };
		expect(publishWords({ ...check, blocked }, 'beta').forbidden).toBe('Release 4 is revoked.');
	});
});
