import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { OutboxEntry } from '../types';
import { follow, notices, say, sayProblem } from './notices.svelte';

const entry = (state: OutboxEntry['state'], outcome: string | null = null) =>
	({ key: 'k', state, outcome }) as OutboxEntry;

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
	vi.runAllTimers();
	vi.useRealTimers();
});

test('one notice at a time: the newer takes the place of the older and outlives its clock', () => {
	say('One.');
	vi.advanceTimersByTime(5000);
	say('Two.');
	expect(notices.now?.text).toBe('Two.');
	vi.advanceTimersByTime(2000);
	expect(notices.now?.text).toBe('Two.');
	vi.advanceTimersByTime(5000);
	expect(notices.now).toBeNull();
});

test('a notice about a request becomes its answer, and gives way where the person is needed', () => {
	say('Revoke 2: in the outbox.', { entry: 'k' });
	follow([entry('sending')]);
	expect(notices.now?.text).toBe('Revoke 2: in the outbox.');
	follow([entry('settled', 'Release 2 is revoked now.')]);
	expect(notices.now?.text).toBe('Release 2 is revoked now.');
	say('Publish: in the outbox.', { entry: 'k' });
	follow([entry('needs_you')]);
	expect(notices.now).toBeNull();
});

test('a problem says what happened and what to do', () => {
	sayProblem({ message: 'Not done.', hints: ['Try again.'] });
	expect(notices.now).toMatchObject({ text: 'Not done. Try again.', kind: 'problem' });
});
