import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostError } from '../hostError';
import { Query } from './query.svelte';

describe('Query', () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => void vi.useRealTimers());

	it('is read when somebody looks, and again only when it is old', async () => {
		const fetch = vi.fn(async () => 'value');
		const query = new Query(['library'], fetch);
		expect(fetch).not.toHaveBeenCalled();
		const stop = query.watch();
		await vi.advanceTimersByTimeAsync(0);
		expect(query.data).toBe('value');
		stop();
		query.watch()();
		expect(fetch).toHaveBeenCalledTimes(1);
		query.invalidate();
		expect(fetch).toHaveBeenCalledTimes(1);
		query.watch();
		expect(fetch).toHaveBeenCalledTimes(2);
	});

	it('keeps what it has when a later reading fails', async () => {
		let fail = false;
		const query = new Query([], async () => {
			if (fail) throw new HostError({ code: 'x', message: 'no', hints: [] });
			return 1;
		});
		await query.load();
		fail = true;
		await query.load();
		expect(query.data).toBe(1);
		expect(query.error?.code).toBe('x');
	});

	it('follows a storm of changes with few readings, the last of them after the last change', async () => {
		let count = 0;
		let state = 0;
		const query = new Query([], async () => {
			count += 1;
			return state;
		});
		query.watch();
		for (let at = 0; at < 100; at++) {
			state = at;
			query.invalidate();
			await vi.advanceTimersByTimeAsync(10);
		}
		await vi.advanceTimersByTimeAsync(1000);
		expect(query.data).toBe(99);
		expect(count).toBeLessThan(8);
	});
});
