import type { EventLine } from '../types';

/** A sentence of the audit trail in its parts, so that the names can be set apart. */
export interface Sentence {
	actor: string;
	deed: string;
	device: string;
	/** Further facts, each a clause of its own. */
	more: string[];
	reason: string | null;
}

const deeds: Record<string, string> = {
	created: 'registered this character',
	submitted: 'submitted it',
	approved: 'approved it',
	rejected: 'rejected it',
	withdrawn: 'withdrew it',
	published: 'published it',
	deprecated: 'deprecated it',
	undeprecated: 'took back the deprecation',
	archived: 'archived it',
	unarchived: 'brought it back from the archive',
	quarantined: 'quarantined it',
	released: 'lifted the quarantine',
	revoked: 'revoked it',
	promoted: 'promoted it',
	channel_moved: 'moved a channel',
	moved: 'moved a channel',
	co_owner_added: 'shared it with a co-owner',
	co_owner_removed: 'ended sharing it with a co-owner',
	transfer_offered: 'offered it to another creator',
	transfer_ended: 'ended the offer',
	transferred: 'made it another creator’s',
	unchanged: 'asked to publish what was published already'
};

/** *Ana published it from “studio-laptop”, approved by Ben.* Unknown actions are named as they stand. */
export function sentence(event: EventLine): Sentence {
	const name = deedName(event.action);
	const channel = name === 'channel_moved' || name === 'moved' || name === 'promoted';
	const deed =
		channel && event.after
			? moved(event)
			: (back(name, event.before) ?? deeds[name] ?? `did “${event.action}”`);
	return {
		actor: event.actor || 'Somebody',
		deed,
		device: event.device,
		more: event.detail ? [event.detail] : [],
		reason: event.reason
	};
}

/** `release.published`, `publish_release` or `published`: the deed at its end, in the past. */
function deedName(action: string): string {
	const last = action.split(/[.:/]/).at(-1) ?? action;
	if (last in deeds) return last;
	const first = last.split('_')[0] ?? last;
	for (const past of [last, `${last}d`, `${last}ed`, first, `${first}d`, `${first}ed`])
		if (past in deeds) return past;
	return last;
}

/** A release that comes to *published* from elsewhere than the reviewers was brought back. */
function back(name: string, before: string | null): string | null {
	if (name !== 'published' || before === null) return null;
	const from: Record<string, string> = {
		deprecated: 'undeprecated',
		archived: 'unarchived',
		quarantined: 'released'
	};
	return deeds[from[before] ?? ''] ?? null;
}

/** Channel moves come as `stable: 2`, a channel and the release it points at, or as the channel alone. */
function moved(event: EventLine): string {
	const [channel, to] = pointer(event.after);
	const from = pointer(event.before)[1];
	if (to === undefined) return `pointed ${channel} here`;
	return from === undefined ? `pointed ${channel} to ${to}` : `moved ${channel} from ${from} to ${to}`;
}

function pointer(words: string | null): [channel: string, number?: string] {
	const found = /^(.+): (\d+)$/.exec(words ?? '');
	return found ? [found[1]!, found[2]] : [words ?? ''];
}
