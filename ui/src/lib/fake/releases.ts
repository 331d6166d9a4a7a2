import type { ReleaseState } from '../types';
import type { Host } from '../hostInterface';
import { error, releaseOf, type Context } from './context';
import { now, ruleSet } from './ids';
import { moved, nextNumber, published } from './outbox';
import { baseOf, changesOf, checklist, diffView, timelineView } from './views';
import { event } from './world';

type Part = Pick<
	Host,
	| 'timeline'
	| 'refresh'
	| 'diff'
	| 'publishCheck'
	| 'publish'
	| 'withdraw'
	| 'deprecate'
	| 'undeprecate'
	| 'archive'
	| 'unarchive'
	| 'revoke'
	| 'promote'
	| 'verify'
	| 'resolve'
>;

export function fakeReleases({ world, scenes, queue, answer, find, tell }: Context): Part {
	const change = (
		id: string,
		release: string,
		operation: 'archive' | 'unarchive' | 'undeprecate',
		state: ReleaseState
	) =>
		answer(() => {
			const it = find(id);
			const one = releaseOf(it, release);
			const word = {
				archive: 'Archive',
				unarchive: 'Bring back',
				undeprecate: 'Take back the deprecation of'
			}[operation];
			return queue.add(it, operation, `${word} ${one.number} of ${it.doc.text.name}`, () => {
				moved(one, state);
				if (operation === 'undeprecate') one.notice = null;
				return `Release ${one.number} is ${state}.`;
			});
		});

	return {
		timeline: (id) => {
			if (scenes.has('partial'))
				return Promise.reject(
					error(
						'history_unreadable',
						'The history could not be read from the local store.',
						'The text and its edits are safe.',
						'Try again.'
					)
				);
			return answer(() => {
				if (scenes.has('alarm'))
					find(id)
						.releases.slice(0, 1)
						.forEach((one) => (one.failed = true));
				return timelineView(world, find(id));
			});
		},
		refresh: () =>
			answer(() => {
				if (!world.online)
					throw error(
						'offline',
						'The inventory cannot be reached.',
						'Everything here is saved.',
						'The history is as it was last seen.'
					);
				tell(['status']);
			}),
		diff: (id, a, b) => answer(() => diffView(find(id), a, b)),
		publishCheck: (id) =>
			answer(() => {
				const it = find(id);
				const base = baseOf(it);
				const changes = changesOf(base?.doc, it.doc);
				const bad = base && base.state !== 'published';
				return {
					next_number: nextNumber(world, it),
					unchanged_from: base && changes.length === 0 ? base.number : null,
					failures: checklist(it.doc),
					changes,
					channels: [...new Set(['stable', 'beta', ...it.releases.flatMap((one) => one.channels)])],
					blocked: bad
						? {
								code: 'base_not_published',
								message: `Release ${base.number}, on which this draft stands, is ${base.state}.`,
								hints: [
									'The draft is safe.',
									base.state === 'deprecated'
										? 'Take back the deprecation first.'
										: 'Start from another release.'
								]
							}
						: null,
					online: world.online,
					rule_set: ruleSet,
					rule_set_differs: false
				};
			}),
		publish: (id, channel, notes) =>
			answer(() => {
				const it = find(id);
				const doc = structuredClone(it.doc);
				const number = nextNumber(world, it);
				return queue.add(it, 'publish', `Publish ${number} of ${it.doc.text.name} to ${channel}`, () =>
					published({ ...it, doc, releases: it.releases }, channel, notes)
				);
			}),
		withdraw: (id, release) =>
			answer(() => {
				const it = find(id);
				const one = releaseOf(it, release);
				const effect = () => {
					moved(one, 'withdrawn');
					world.submissions = world.submissions.filter((other) => other.review.release !== one.id);
					return `Release ${one.number} is withdrawn.`;
				};
				return queue.add(it, 'withdraw', `Withdraw ${one.number} of ${it.doc.text.name}`, effect, one.id);
			}),
		deprecate: (id, release, message, successor) =>
			answer(() => {
				const it = find(id);
				const one = releaseOf(it, release);
				return queue.add(it, 'deprecate', `Deprecate ${one.number} of ${it.doc.text.name}`, () => {
					moved(one, 'deprecated', { reason: message });
					one.notice = {
						code: null,
						message,
						successor: it.releases.find((other) => other.id === successor)?.number ?? null
					};
					return `Release ${one.number} is deprecated.`;
				});
			}),
		undeprecate: (id, release) => change(id, release, 'undeprecate', 'published'),
		archive: (id, release) => change(id, release, 'archive', 'archived'),
		unarchive: (id, release) => change(id, release, 'unarchive', 'published'),
		revoke: (id, release, code, message, successor, repoint) =>
			answer(() => {
				const it = find(id);
				const one = releaseOf(it, release);
				return queue.add(it, 'revoke', `Revoke ${one.number} of ${it.doc.text.name}: ${code}`, () => {
					moved(one, 'revoked', { reason_code: code, reason: message });
					one.notice = {
						code,
						message,
						successor: it.releases.find((other) => other.id === successor)?.number ?? null
					};
					for (const move of repoint) {
						one.channels = one.channels.filter((name) => name !== move.channel);
						releaseOf(it, move.release).channels.push(move.channel);
						one.events.push(
							event('channel.moved', now().toISOString(), {
								before: `${move.channel}: ${one.number}`,
								after: `${move.channel}: ${releaseOf(it, move.release).number}`
							})
						);
					}
					return `Release ${one.number} is revoked.`;
				});
			}),
		promote: (id, release, channel, reason) =>
			answer(() => {
				const it = find(id);
				const one = releaseOf(it, release);
				return queue.add(it, 'promote', `Point ${channel} of ${it.doc.text.name} to ${one.number}`, () => {
					for (const other of it.releases) other.channels = other.channels.filter((name) => name !== channel);
					one.channels.push(channel);
					one.events.push(
						event('channel.moved', now().toISOString(), {
							after: `${channel}: ${one.number}`,
							reason: reason || null
						})
					);
					return `${channel} points to release ${one.number}.`;
				});
			}),
		verify: (id) =>
			answer(() => {
				const alarm = scenes.has('alarm');
				const it = find(id);
				return {
					ok: !alarm,
					at: now().toISOString(),
					lines: [
						...it.releases.map((one) => ({
							ok: true,
							what: `Release ${one.number}`,
							detail: 'Card and manifest give the hashes that were published; the parent is the one named.'
						})),
						{
							ok: !alarm,
							what: 'Event chain',
							detail: alarm
								? 'Event 6 does not follow event 5: its “before” hash is not the one this studio saw on 12 September.'
								: '9 events, each hashed over the one before; none missing.'
						},
						{
							ok: true,
							what: 'What this studio saw before',
							detail: 'The history continues event 9, seen 12 September.'
						}
					]
				};
			}),
		resolve: (id, channel) =>
			answer(() => {
				const one = find(id).releases.find((other) => other.channels.includes(channel));
				if (!one)
					return {
						ok: false,
						number: null,
						state: null,
						message: `No release has ever been on ${channel}: apps get “not found”.`,
						reason_code: null,
						reason: null,
						successor: null
					};
				const gone = one.state === 'revoked';
				return {
					ok: !gone,
					number: one.number,
					state: one.state,
					message: gone
						? `Gone: ${one.notice?.message}`
						: one.notice
							? `Apps get release ${one.number} with the message “${one.notice.message}”`
							: `Apps get release ${one.number}.`,
					reason_code: one.notice?.code ?? null,
					reason: one.notice?.message ?? null,
					successor: one.notice?.successor ?? null
				};
			})
	};
}
