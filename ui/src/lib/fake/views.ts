// What the in-memory host answers about its characters, worked out from the World.
import type {
	ActionState,
	ChangedField,
	Character,
	CharacterSummary,
	CheckItem,
	Diff,
	DiffField,
	Field,
	Saved,
	Timeline,
	VersionRef
} from '../types';
import { HostError } from '../hostError';
import { hashOf, now } from './ids';
import type { Doc } from './texts';
import { wordDiff } from './wordDiff';
import type { FakeCharacter, FakeRelease, World } from './world';

const shape: [key: string, label: string, kind: Field['kind'], required: boolean][] = [
	['name', 'Name', 'line', true],
	['tags', 'Tags', 'list', false],
	['description', 'Description', 'text', true],
	['personality', 'Personality', 'text', false],
	['scenario', 'Scenario', 'text', false],
	['first_mes', 'First message', 'text', true],
	['mes_example', 'Example dialogue', 'text', false],
	['alternate_greetings', 'Greetings', 'list', false],
	['creator_notes', 'Creator’s notes', 'text', false]
];

export const countTokens = (text: string) => Math.ceil(text.length / 4.2);

export function labelOf(key: string): string {
	return shape.find(([one]) => one === key)?.[1] ?? key;
}

const wordsIn = (doc: Doc, key: string) => doc.text[key] ?? (doc.items[key] ?? []).join('\n\n');

export function field(doc: Doc, key: string): Field {
	const [, label, kind, required] = shape.find(([one]) => one === key)!;
	return {
		key,
		label,
		kind,
		required,
		text: doc.text[key] ?? '',
		items: doc.items[key] ?? [],
		tokens: countTokens(wordsIn(doc, key)),
		available: true,
		unavailable_why: null
	};
}

/** The newest release that a draft stands on. */
export function baseOf(it: FakeCharacter): FakeRelease | undefined {
	return it.releases.find((one) => one.state !== 'rejected' && one.state !== 'withdrawn');
}

const refOf = (one: FakeRelease) => ({
	id: one.id,
	number: one.number,
	state: one.state,
	channels: one.channels
});

export function changesOf(from: Doc | undefined, to: Doc): ChangedField[] {
	const changed: ChangedField[] = shape
		.filter(([key]) => wordsIn(from ?? empty, key) !== wordsIn(to, key))
		.map(([key, label]) => ({
			path: key,
			label,
			kind: !wordsIn(from ?? empty, key) ? 'added' : !wordsIn(to, key) ? 'removed' : 'changed'
		}));
	if ((from ?? empty).portrait !== to.portrait)
		changed.push({ path: 'portrait', label: 'Portrait', kind: 'changed' });
	return changed;
}

const empty: Doc = { text: {}, items: {}, portrait: null, rest: [] };

export function checklist(doc: Doc): CheckItem[] {
	return shape
		.filter(([key, , , required]) => required && !wordsIn(doc, key).trim())
		.map(([key, label]) => ({
			code: 'required',
			field: key,
			message: `${label} is empty. Apps need it to start a chat.`
		}));
}

export const fieldsOf = (doc: Doc) => shape.map(([key]) => field(doc, key));

export function totals(doc: Doc) {
	const permanent = ['description', 'personality', 'scenario'].reduce(
		(sum, key) => sum + countTokens(wordsIn(doc, key)),
		0
	);
	const total = shape.reduce((sum, [key]) => sum + countTokens(wordsIn(doc, key)), 0);
	return { total, permanent, tokenizer: 'estimate' };
}

export function characterView(it: FakeCharacter): Character {
	const base = baseOf(it);
	return {
		id: it.id,
		revision: it.revision,
		name: it.doc.text.name ?? '',
		slug: it.slug,
		slug_locked: it.releases.length > 0,
		creator: it.creator,
		format: 'v2',
		portrait: it.doc.portrait,
		saved_at: it.savedAt,
		can_undo: it.undo.length > 0,
		can_redo: it.redo.length > 0,
		fields: fieldsOf(it.doc),
		lorebook: it.lorebook,
		rest: it.doc.rest.map(([path, json]) => ({ path, json })),
		tokens: totals(it.doc),
		base: base ? refOf(base) : null,
		newer: it.newer,
		overlaps: it.overlaps,
		changes: base ? changesOf(base.doc, it.doc) : [],
		checklist: checklist(it.doc),
		source: it.source
	};
}

export function savedView(it: FakeCharacter, key: string): Saved {
	const {
		revision,
		saved_at,
		can_undo,
		can_redo,
		name,
		slug,
		tokens,
		changes,
		checklist: check,
		portrait
	} = characterView(it);
	const field_tokens = countTokens(wordsIn(it.doc, key));
	return {
		revision,
		saved_at,
		can_undo,
		can_redo,
		name,
		slug,
		tokens,
		field_tokens,
		changes,
		checklist: check,
		portrait
	};
}

export function summary(world: World, it: FakeCharacter): CharacterSummary {
	const base = baseOf(it);
	const mine = world.outbox.filter((one) => one.character === it.id);
	return {
		id: it.id,
		name: it.doc.text.name ?? '',
		slug: it.slug,
		creator: it.creator,
		portrait: it.doc.portrait,
		tags: it.doc.items.tags ?? [],
		updated_at: it.savedAt,
		latest: base ? refOf(base) : null,
		unpublished_changes: base ? changesOf(base.doc, it.doc).length > 0 : false,
		waiting: mine.filter((one) => ['waiting', 'sending', 'retrying'].includes(one.state)).length,
		needs_you: mine.filter((one) => one.state === 'needs_you').length,
		excerpt: (it.doc.text.description ?? '').slice(0, 160)
	};
}

export function timelineView(world: World, it: FakeCharacter): Timeline {
	return {
		releases: it.releases.map((one) => ({
			id: one.id,
			number: one.number,
			state: one.state,
			channels: one.channels,
			notes: one.notes,
			manifest_sha256: hashOf(`manifest${it.id}${one.number}`),
			card_sha256: hashOf(`card${it.id}${one.number}`),
			published_at: one.published_at,
			notice: one.notice,
			events: one.events,
			verification: one.failed
				? { state: 'failed', at: now().toISOString(), checked: ['manifest hash', 'card hash'] }
				: {
						state: 'verified',
						at: now().toISOString(),
						checked: ['card hash', 'manifest hash', 'parent', 'event chain']
					},
			actions: actions(one)
		})),
		waiting: world.outbox.filter(
			(one) => one.character === it.id && !['settled', 'refused', 'cancelled'].includes(one.state)
		),
		channels: it.releases.flatMap((one) =>
			one.channels.map((name) => ({ name, release: one.id, number: one.number }))
		),
		verification: {
			state: it.releases.length ? 'verified' : 'unknown',
			at: now().toISOString(),
			message: null
		},
		fetched_at: world.online ? now().toISOString() : null
	};
}

const edges: Partial<Record<ActionState['action'], string[]>> = {
	withdraw: ['submitted'],
	deprecate: ['published'],
	undeprecate: ['deprecated'],
	archive: ['published', 'deprecated'],
	unarchive: ['archived'],
	revoke: ['published', 'deprecated', 'archived', 'quarantined'],
	promote: ['published', 'deprecated']
};

function actions(one: FakeRelease): ActionState[] {
	const all: ActionState['action'][] = [
		'withdraw',
		'deprecate',
		'undeprecate',
		'archive',
		'unarchive',
		'revoke',
		'promote'
	];
	const ruled = all.map((action): ActionState => {
		const allowed = edges[action]!.includes(one.state);
		const why = `Release ${one.number} is ${one.state}; this needs ${edges[action]!.join(' or ')}.`;
		return { action, allowed, why_not: allowed ? null : why };
	});
	return [
		...ruled,
		{ action: 'compare', allowed: true, why_not: null },
		{ action: 'export', allowed: true, why_not: null }
	];
}

interface Titled {
	title: string;
	doc: Doc;
}

export function docOf(it: FakeCharacter, version: VersionRef): Titled {
	if (version.kind === 'draft') return { title: 'Draft', doc: it.doc };
	const found = it.releases.find((one) => one.id === version.release);
	if (!found)
		throw new HostError({ code: 'not_found', message: 'That release is not known here.', hints: [] });
	return { title: `Release ${found.number}`, doc: found.doc };
}

export function diffView(it: FakeCharacter, a: VersionRef, b: VersionRef): Diff {
	return diffOf(docOf(it, a), docOf(it, b));
}

export function diffOf(from: Titled, to: Titled): Diff {
	const fields = changesOf(from.doc, to.doc).map(({ path, label, kind }): DiffField => {
		const portrait = path === 'portrait';
		const [old, fresh] = [wordsIn(from.doc, path), wordsIn(to.doc, path)];
		return {
			path,
			label,
			kind,
			spans: portrait ? [] : wordDiff(old, fresh),
			before_portrait: portrait ? from.doc.portrait : null,
			after_portrait: portrait ? to.doc.portrait : null,
			tokens_before: countTokens(old),
			tokens_after: countTokens(fresh),
			restorable: true
		};
	});
	return {
		a: from.title,
		b: to.title,
		fields,
		same: shape.length + 1 - fields.length,
		tokens_before: totals(from.doc).total,
		tokens_after: totals(to.doc).total
	};
}
