// An in-memory host for Vitest, Playwright and pictures. It is compiled in only with `--mode fake`.
import type { Host } from '../hostInterface';
import { context } from './context';
import { fakeLibrary } from './library';
import { drawnPortrait } from './portraits';
import { fakeReleases } from './releases';
import { fakeReviews } from './reviews';
import { scenesOf, type Scene } from './scenes';
import { fakeSettings } from './settings';
import type { World } from './world';
import { fakeWriting, type Edits } from './writing';

export interface FakeHost extends Host {
	/** For tests: what the host knows, and the switch of the network. */
	world: World;
	setOnline(online: boolean): void;
	tell(tags: string[]): void;
	edits: Edits;
}

export function fakeHost(address: URL, more: Scene[] = []): FakeHost {
	const it = context(new Set([...scenesOf(address), ...more]));
	const { world, queue, scenes, answer, tell, listeners } = it;
	const edits: Edits = [];
	return {
		world,
		edits,
		tell,
		setOnline(online) {
			world.online = online;
			scenes.delete('offline');
			if (online) queue.settleAll();
			tell(['status', 'outbox', 'library', ...world.characters.map((one) => `timeline:${one.id}`)]);
		},
		...fakeSettings(it),
		...fakeLibrary(it),
		...fakeWriting(it, edits),
		...fakeReleases(it),
		...fakeReviews(it),
		listOutbox: () => answer(() => world.outbox),
		outboxSendNow: () => answer(() => (world.online ? queue.settleAll() : undefined)),
		outboxRetry: (key) => answer(() => queue.retry(key)),
		outboxCancel: (key) => answer(() => queue.cancel(key)),
		portraitUrl: drawnPortrait,
		onChanged: async (listener) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		}
	};
}
