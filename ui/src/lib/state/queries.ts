// The questions the window asks, each under one name and with the tags that make it old.
import type {
	CharacterSummary,
	Diff,
	OutboxEntry,
	Review,
	Settings,
	Status,
	Submission,
	Timeline,
	VersionRef
} from '../types';
import { host } from '../host';
import { query, type Query } from './query.svelte';
import { versionKey } from '../versions';

// What the inventory has answered is shown at once; typing does not tell of these.
export const status = (): Query<Status> => query('status', ['status', 'outbox'], () => host.status(), 0);

export const settings = (): Query<Settings> =>
	query('settings', ['settings', 'status'], () => host.settings());

export const library = (): Query<CharacterSummary[]> =>
	query('library', ['library', 'outbox'], () => host.listCharacters());

export const samples = () => query('samples', [], () => host.listSamples());

export const outbox = (): Query<OutboxEntry[]> => query('outbox', ['outbox'], () => host.listOutbox(), 0);

// Every reading asks the inventory; what was answered and whether it answers decide what is in it.
export const reviews = (): Query<Review[]> => query('reviews', ['outbox', 'status'], () => host.reviews());

/** What waits never changes, so it is read once; how it waits stands in `reviews`. */
export const review = (release: string): Query<Submission> =>
	query(`review:${release}`, [], () => host.review(release));

export const timeline = (character: string): Query<Timeline> =>
	query(`timeline:${character}`, [`timeline:${character}`, 'outbox'], () => host.timeline(character));

export const diff = (character: string, a: VersionRef, b: VersionRef): Query<Diff> => {
	const draft = a.kind === 'draft' || b.kind === 'draft';
	return query(
		`diff:${character}:${versionKey(a)}:${versionKey(b)}`,
		draft ? [`character:${character}`] : [],
		() => host.diff(character, a, b)
	);
};
