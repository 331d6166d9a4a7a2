// What the parts of the in-memory host share.
import { HostError } from '../hostError';
import { FakeQueue } from './outbox';
import type { Scene } from './scenes';
import { seed } from './seed';
import type { FakeCharacter, FakeRelease, World } from './world';

export interface Context {
	world: World;
	scenes: Set<Scene>;
	queue: FakeQueue;
	/** Answers as the host would: later, and with a copy. */
	answer: <T>(make: () => T) => Promise<T>;
	find: (id: string) => FakeCharacter;
	tell: (tags: string[]) => void;
	listeners: Set<(tags: string[]) => void>;
}

export const error = (code: string, message: string, ...hints: string[]) =>
	new HostError({ code, message, hints });

export const releaseOf = (it: FakeCharacter, id: string): FakeRelease =>
	it.releases.find((one) => one.id === id)!;

export function context(scenes: Set<Scene>): Context {
	const world = seed(scenes);
	const listeners = new Set<(tags: string[]) => void>();
	const tell = (tags: string[]) => void setTimeout(() => listeners.forEach((listener) => listener(tags)), 0);
	const answer = async <T>(make: () => T): Promise<T> => {
		if (scenes.has('loading')) await new Promise(() => {});
		if (scenes.has('failing')) {
			throw error(
				'store_unreadable',
				'The local store did not answer.',
				'Your characters are still on disk; nothing was changed.',
				'Try again. If it stays so, quit and start the studio again.'
			);
		}
		await new Promise((done) => setTimeout(done, 4));
		return structuredClone(make());
	};
	const find = (id: string): FakeCharacter => {
		const it = world.characters.find((one) => one.id === id);
		if (!it)
			throw error(
				'not_found',
				'This character is not in the library.',
				'It may have been removed in another window.',
				'Go back to the library.'
			);
		return it;
	};
	return { world, scenes, queue: new FakeQueue(world, tell), answer, find, tell, listeners };
}
