// The state of the in-memory host.
import type {
	EventLine,
	Lorebook,
	NewerRelease,
	Notice,
	OutboxEntry,
	Overlap,
	ReleaseState,
	Review,
	Settings,
	Source
} from '../types';
import { before, hashOf, nextId } from './ids';
import type { Doc } from './texts';

export interface FakeRelease {
	id: string;
	number: number;
	state: ReleaseState;
	channels: string[];
	notes: string | null;
	doc: Doc;
	published_at: string;
	notice: Notice | null;
	events: EventLine[];
	failed?: boolean;
}

export interface FakeCharacter {
	id: string;
	slug: string;
	creator: string | null;
	doc: Doc;
	revision: number;
	savedAt: string;
	undo: Doc[];
	redo: Doc[];
	lastEdit: { field: string; at: number } | null;
	/** Newest first. */
	releases: FakeRelease[];
	lorebook: Lorebook | null;
	source: Source | null;
	newer: NewerRelease | null;
	overlaps: Overlap[];
}

/** A release that waits for a reviewer, with what it would publish. */
export interface FakeSubmission {
	review: Review;
	doc: Doc;
	/** What it was made from: its number and text; none for a first release. */
	base: [number: number, doc: Doc] | null;
	lorebook: Lorebook | null;
}

export interface World {
	characters: FakeCharacter[];
	outbox: OutboxEntry[];
	/** Longest first. */
	submissions: FakeSubmission[];
	online: boolean;
	settings: Settings;
}

let seq = 0;

/** One line of the audit trail. */
export function event(action: string, at: string, more: Partial<EventLine> = {}): EventLine {
	seq += 1;
	return {
		id: nextId('event'),
		seq,
		at,
		action,
		actor: 'Ana',
		device: 'studio-laptop',
		reason_code: null,
		reason: null,
		detail: null,
		before: null,
		after: null,
		request_id: hashOf(`request${seq}`).slice(0, 16),
		hash: hashOf(`event${seq}`),
		key: null,
		...more
	};
}

export function character(
	slug: string,
	doc: Doc,
	savedMinutesAgo: number,
	creator: string | null = 'ana'
): FakeCharacter {
	return {
		id: `char-${slug}`,
		slug,
		creator,
		doc,
		revision: 1,
		savedAt: before(savedMinutesAgo),
		undo: [],
		redo: [],
		lastEdit: null,
		releases: [],
		lorebook: null,
		source: null,
		newer: null,
		overlaps: []
	};
}

export function release(
	number: number,
	state: ReleaseState,
	doc: Doc,
	minutesAgo: number,
	more: Partial<FakeRelease> = {}
): FakeRelease {
	const at = before(minutesAgo);
	return {
		id: nextId('release'),
		number,
		state,
		channels: [],
		notes: null,
		doc,
		published_at: at,
		notice: null,
		events: [event('release.published', at)],
		...more
	};
}
