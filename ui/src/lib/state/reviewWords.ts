// What a review is called, and how it stands with this account.
import type { OutboxEntry, Review } from '../types';

const open: OutboxEntry['state'][] = ['waiting', 'sending', 'retrying', 'needs_you'];

/** This studio's own word on a release: the newest that was not taken back. */
export function wordOn(release: string, outbox: OutboxEntry[]): OutboxEntry | undefined {
	return outbox.find(
		(one) =>
			one.release === release &&
			(one.operation === 'approve' || one.operation === 'reject') &&
			one.state !== 'cancelled'
	);
}

/** The word that is on its way and not answered yet. */
export function wordUnderWay(release: string, outbox: OutboxEntry[]): OutboxEntry | undefined {
	const word = wordOn(release, outbox);
	return word && open.includes(word.state) ? word : undefined;
}

/** What this account can decide and has not yet. Nobody decides two stages of one release. */
export function decidable(reviews: Review[], outbox: OutboxEntry[]): Review[] {
	return reviews.filter((one) => {
		const word = wordOn(one.release, outbox);
		return one.why_not === null && (!word || word.state === 'refused');
	});
}

/** What the main button says: that the last yes publishes, and where to. */
export function approveWords(review: Review): string {
	const last = review.stages.at(-1)?.stage ?? review.next;
	if (review.next !== last) return `Approve stage ${review.next} of ${review.stages.length}`;
	return `Approve and publish ${review.number}${review.channel ? ` to ${review.channel}` : ''}`;
}
