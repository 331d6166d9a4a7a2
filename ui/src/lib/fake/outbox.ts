// The queue of the in-memory host: it waits while offline and settles a little later when online.
import type { OutboxEntry, ReleaseNode } from '../types';
import { HostError } from '../hostError';
import { keyOf, nextId, now } from './ids';
import { baseOf } from './views';
import { event, type FakeCharacter, type FakeRelease, type World } from './world';

type Operation = OutboxEntry['operation'];

let keys = 900;

export class FakeQueue {
	#world: World;
	#tell: (tags: string[]) => void;
	#effects = new Map<string, () => string>();

	constructor(world: World, tell: (tags: string[]) => void) {
		this.#world = world;
		this.#tell = tell;
	}

	/** Adds an entry; `effect` is what the inventory does with it, answering the outcome in words. */
	add(
		it: Pick<FakeCharacter, 'id' | 'doc'>,
		operation: Operation,
		summary: string,
		effect: () => string,
		release = nextId('release')
	): OutboxEntry {
		const before = this.#world.outbox.find((one) => one.character === it.id && isOpen(one));
		const entry: OutboxEntry = {
			key: keyOf((keys += 1)),
			character: it.id,
			character_name: it.doc.text.name ?? '',
			release,
			operation,
			summary,
			about: null,
			state: 'waiting',
			after_key: before?.key ?? null,
			attempts: 0,
			ever_sent: false,
			created_at: now().toISOString(),
			next_attempt_at: null,
			settled_at: null,
			last_error: null,
			outcome: null,
			answer: null,
			inventory: this.#world.settings.inventory.name,
			account: this.#world.settings.account?.handle ?? 'ana',
			cancelling: false,
			can_cancel: true,
			can_retry: false,
			overtaken_by: null
		};
		this.#world.outbox.unshift(entry);
		this.#effects.set(entry.key, effect);
		this.#changed(it.id);
		if (this.#world.online) setTimeout(() => this.settle(entry.key), 500);
		return { ...entry };
	}

	settle(key: string): void {
		const entry = this.find(key);
		const effect = this.#effects.get(key);
		if (!isOpen(entry) || !effect) return;
		const outcome = effect();
		Object.assign(entry, {
			state: 'settled',
			attempts: entry.attempts + 1,
			ever_sent: true,
			settled_at: now().toISOString(),
			outcome,
			answer: '{\n  "status": 200\n}',
			can_cancel: false
		});
		this.#changed(entry.character);
	}

	settleAll(): void {
		for (const entry of [...this.#world.outbox].reverse())
			if (isOpen(entry) && entry.state !== 'needs_you') this.settle(entry.key);
	}

	cancel(key: string): OutboxEntry {
		const entry = this.find(key);
		Object.assign(entry, {
			state: 'cancelled',
			settled_at: now().toISOString(),
			outcome: 'Cancelled before it was sent. Nothing was published.',
			can_cancel: false,
			can_retry: false
		});
		this.#changed(entry.character);
		return { ...entry };
	}

	retry(key: string): OutboxEntry {
		const entry = this.find(key);
		Object.assign(entry, {
			state: 'waiting',
			last_error: null,
			can_retry: false,
			attempts: entry.attempts + 1
		});
		this.#changed(entry.character);
		return { ...entry };
	}

	find(key: string): OutboxEntry {
		const found = this.#world.outbox.find((one) => one.key === key);
		if (!found)
			throw new HostError({ code: 'not_found', message: 'This request is not in the outbox.', hints: [] });
		return found;
	}

	#changed(character: string) {
		this.#tell(['outbox', 'status', 'library', `timeline:${character}`, `character:${character}`]);
	}
}

export function isOpen(entry: OutboxEntry): boolean {
	return !['settled', 'refused', 'cancelled'].includes(entry.state);
}

/** What publishing does there. */
export function published(it: FakeCharacter, channel: string, notes: string): string {
	const number = (it.releases[0]?.number ?? 0) + 1;
	const at = now().toISOString();
	for (const one of it.releases) one.channels = one.channels.filter((name) => name !== channel);
	const release: FakeRelease = {
		id: nextId('release'),
		number,
		state: 'published',
		channels: [channel],
		notes: notes || null,
		doc: structuredClone(it.doc),
		published_at: at,
		notice: null,
		events: [
			event('release.submitted', at),
			event('release.published', at),
			event('channel.moved', at, { after: `${channel}: ${number}` })
		]
	};
	it.releases.unshift(release);
	return `Release ${number} is published; ${channel} points to it.`;
}

/** Moves a release to another state with its event. */
export function moved(one: FakeRelease, state: ReleaseNode['state'], more = {}): void {
	one.events.push(
		event(`release.${state}`, now().toISOString(), { before: one.state, after: state, ...more })
	);
	one.state = state;
}

export function nextNumber(world: World, it: FakeCharacter): number {
	const open = world.outbox.filter(
		(one) => one.character === it.id && one.operation === 'publish' && isOpen(one)
	).length;
	return (baseOf(it)?.number ?? 0) + 1 + open;
}
