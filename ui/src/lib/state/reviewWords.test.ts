import { describe, expect, it } from 'vitest';
import type { OutboxEntry, Review } from '../types';
import { approveWords, decidable, wordOn, wordUnderWay } from './reviewWords';

const stage = (stage: number) => ({ stage, name: 'Editing', role: 'reviewer', approved_by: null });
const review = (more: Partial<Review> = {}): Review => ({
	release: 'r',
	creator: 'ben',
	slug: 'kestrel',
	name: 'Kestrel',
	number: 3,
	manifest_sha256: 'sha256:0',
	submitted_at: '2026-11-21T14:02:00Z',
	notes: null,
	channel: 'stable',
	stages: [stage(1), stage(2)],
	next: 1,
	why_not: null,
	...more
});
const entry = (more: Partial<OutboxEntry>): OutboxEntry =>
	({ release: 'r', operation: 'approve', state: 'waiting', ...more }) as OutboxEntry;

describe('approveWords', () => {
	it.each([
		[{}, 'Approve stage 1 of 2'],
		[{ next: 2 }, 'Approve and publish 3 to stable'],
		[{ next: 2, channel: null }, 'Approve and publish 3'],
		[{ stages: [stage(1)] }, 'Approve and publish 3 to stable']
	])('says of %j what will happen', (more, words) => {
		expect(approveWords(review(more))).toBe(words);
	});
});

describe('a word on a release', () => {
	it('is the newest one that was not cancelled, of a reviewer only', () => {
		const approve = entry({ state: 'settled' });
		expect(wordOn('r', [entry({ state: 'cancelled', operation: 'reject' }), approve])).toBe(approve);
		expect(wordOn('r', [entry({ operation: 'publish' }), entry({ release: 's' })])).toBeUndefined();
	});

	it('is under way until it is answered, also where it needs the person', () => {
		for (const state of ['waiting', 'sending', 'retrying', 'needs_you'] as const)
			expect(wordUnderWay('r', [entry({ state })])).toBeDefined();
		for (const state of ['settled', 'refused'] as const)
			expect(wordUnderWay('r', [entry({ state })])).toBeUndefined();
	});

	it('takes a release out of what is left to decide unless it was refused', () => {
		const other = review({ release: 's', why_not: 'Nobody decides on what is their own.' });
		expect(decidable([review(), other], [])).toEqual([review()]);
		expect(decidable([review(), other], [entry({})])).toEqual([]);
		expect(decidable([review(), other], [entry({ state: 'settled' })])).toEqual([]);
		expect(decidable([review(), other], [entry({ state: 'refused' })])).toEqual([review()]);
	});
});
