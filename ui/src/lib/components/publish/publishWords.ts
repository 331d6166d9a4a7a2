import type { PublishCheck } from '$lib/types';

export interface PublishWords {
	/** What the sheet says under its title. */
	about: string;
	/** What the button says: what will happen, no more. */
	button: string;
	/** Why it cannot be published now; null when it can. */
	forbidden: string | null;
}

/** What the sheet says in this situation. Offline nothing is called published. */
export function publishWords(check: PublishCheck, channel: string): PublishWords {
	const number = check.next_number === null ? '' : ` ${check.next_number}`;
	const to = channel.trim();
	const button = check.online ? `Publish${number}${to ? ` to ${to}` : ''}` : 'Publish when online';
	return {
		about:
			check.next_number === null
				? 'The next release of this character.'
				: `Release ${check.next_number}, frozen and numbered by the inventory.`,
		button,
		forbidden: forbidden(check, to)
	};
}

function forbidden(check: PublishCheck, channel: string): string | null {
	if (check.blocked) return check.blocked.message;
	if (check.failures.length > 0) return 'Something is missing; see above.';
	if (check.unchanged_from !== null) {
		return `Nothing has changed since release ${check.unchanged_from}. To move a channel, use its actions in the timeline.`;
	}
	if (channel === '') return 'Name a channel.';
	return null;
}
