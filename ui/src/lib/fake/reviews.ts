import type { Submission } from '../types';
import type { Host } from '../hostInterface';
import { error, type Context } from './context';
import { diffOf, fieldsOf, totals } from './views';
import type { FakeSubmission } from './world';

type Part = Pick<Host, 'reviews' | 'review' | 'approve' | 'reject'>;

export function fakeReviews({ world, queue, answer }: Context): Part {
	const reachable = () => {
		if (!world.settings.account)
			throw error(
				'not_signed_in',
				'Nobody is signed in to an inventory yet.',
				'Everything here is saved.',
				'Sign in once in Settings.'
			);
		if (!world.online)
			throw error(
				'offline',
				'The inventory cannot be reached: it did not answer in time.',
				'Everything here is saved.',
				'What waits in the outbox is sent when the inventory is back.'
			);
	};
	const find = (release: string): FakeSubmission => {
		reachable();
		const found = world.submissions.find((one) => one.review.release === release);
		if (!found) throw error('not_found', 'There is no such release that waits here.');
		return found;
	};
	const seen = (release: string, stage: number): FakeSubmission => {
		const found = find(release);
		if (found.review.next !== stage)
			throw error(
				'state_changed',
				`Stage ${stage} was decided in between; stage ${found.review.next} waits now.`,
				'Nothing was decided.',
				'Look at it again.'
			);
		return found;
	};
	const gone = (release: string) =>
		(world.submissions = world.submissions.filter((one) => one.review.release !== release));
	const about = ({ review, doc }: FakeSubmission) => ({ id: `item-${review.slug}`, doc });

	return {
		reviews: () =>
			answer(() => {
				reachable();
				return world.submissions.map((one) => one.review);
			}),
		review: (release) => answer(() => whole(find(release))),
		approve: (release, stage) =>
			answer(() => {
				const it = seen(release, stage);
				const { review } = it;
				const effect = () => {
					const now = review.stages.find((one) => one.stage === stage)!;
					now.approved_by = world.settings.account?.name ?? 'Ana Ruiz';
					if (review.stages.at(-1) === now) {
						gone(release);
						const moved = review.channel ? `; ${review.channel} points to it` : '';
						return `Release ${review.number} is published${moved}.`;
					}
					review.next += 1;
					review.why_not = 'You have decided an earlier stage; this one needs another person.';
					return `Stage ${stage} of ${review.stages.length} is approved; stage ${review.next} waits.`;
				};
				return queue.add(about(it), 'approve', `Approve ${review.number} of ${review.name}`, effect, release);
			}),
		reject: (release, stage) =>
			answer(() => {
				const it = seen(release, stage);
				const { review } = it;
				const effect = () => {
					gone(release);
					return `Release ${review.number} is rejected.`;
				};
				return queue.add(about(it), 'reject', `Reject ${review.number} of ${review.name}`, effect, release);
			})
	};
}

function whole({ review, doc, base, lorebook }: FakeSubmission): Submission {
	return {
		review,
		kind: 'character',
		format: 'v2',
		portrait: doc.portrait,
		fields: fieldsOf(doc),
		lorebook,
		rest: doc.rest.map(([path, json]) => ({ path, json })),
		tokens: totals(doc),
		changes: base
			? diffOf({ title: `Release ${base[0]}`, doc: base[1] }, { title: `Release ${review.number}`, doc })
			: null,
		not_compared: base ? null : 'It is the first release.'
	};
}
