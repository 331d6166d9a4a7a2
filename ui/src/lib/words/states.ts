import type { OutboxEntry, ReasonCode, ReleaseState } from '../types';

/** Everything that has a mark: a word, a shape and a colour. */
export type Marked = ReleaseState | 'draft' | 'waiting';

export const stateWords: Record<Marked, string> = {
	draft: 'draft',
	waiting: 'waiting',
	submitted: 'submitted',
	rejected: 'rejected',
	withdrawn: 'withdrawn',
	published: 'published',
	deprecated: 'deprecated',
	quarantined: 'quarantined',
	revoked: 'revoked',
	archived: 'archived'
};

/** What a state means for apps, for hovering. */
export const stateMeanings: Record<Marked, string> = {
	draft: 'On this computer only',
	waiting: 'Kept in the outbox until the inventory has answered',
	submitted: 'With the reviewers',
	rejected: 'Not approved; apps never saw it',
	withdrawn: 'Taken back before it was approved',
	published: 'Apps find it by channel and by hash',
	deprecated: 'Apps still get it, with your message',
	quarantined: 'Hidden by the operator; channels keep pointing',
	revoked: 'Apps are told it is gone, and why',
	archived: 'No longer found by channel; still there by hash'
};

export const reasonWords: Record<ReasonCode, string> = {
	error: 'Error',
	rights: 'Rights',
	safety: 'Safety',
	security: 'Security',
	superseded: 'Superseded',
	other: 'Other'
};

export const reasonMeanings: Record<ReasonCode, string> = {
	error: 'It is broken or says something it should not',
	rights: 'Somebody else owns part of it',
	safety: 'It can hurt people',
	security: 'It can be used to attack apps or people',
	superseded: 'A later release takes its place',
	other: 'None of these; say which below'
};

export const outboxWords: Record<OutboxEntry['state'], string> = {
	waiting: 'waiting',
	sending: 'sending',
	retrying: 'trying again',
	needs_you: 'needs you',
	settled: 'done',
	refused: 'refused',
	cancelled: 'cancelled'
};
