import { describe, expect, it } from 'vitest';
import type { EventLine } from '../types';
import { sentence } from './events';

const line = (more: Partial<EventLine>): EventLine => ({
	id: 'e',
	seq: 1,
	at: '2026-11-21T14:02:00Z',
	action: 'published',
	actor: 'Ana',
	device: 'studio-laptop',
	reason_code: null,
	reason: null,
	detail: null,
	before: null,
	after: null,
	request_id: 'r',
	hash: 'h',
	key: null,
	...more
});

describe('sentence', () => {
	it.each([
		['published', 'published it'],
		['release.published', 'published it'],
		['publish', 'published it'],
		['revoke_release', 'revoked it'],
		['deprecate', 'deprecated it'],
		['archive', 'archived it'],
		['submit', 'did “submit”'],
		['something_new', 'did “something_new”']
	])('says %s in words, and names what it does not know', (action, deed) => {
		expect(sentence(line({ action })).deed).toBe(deed);
	});

	it('knows what a release was brought back from', () => {
		const action = 'release.published';
		expect(sentence(line({ action, before: 'deprecated' })).deed).toBe('took back the deprecation');
		expect(sentence(line({ action, before: 'archived' })).deed).toBe('brought it back from the archive');
		expect(sentence(line({ action, before: 'submitted' })).deed).toBe('published it');
	});

	it('says where a channel went', () => {
		expect(sentence(line({ action: 'channel_moved', after: 'beta' })).deed).toBe('pointed beta here');
		const action = 'channel.moved';
		expect(sentence(line({ action, after: 'stable: 1' })).deed).toBe('pointed stable to 1');
		expect(sentence(line({ action, before: 'stable: 2', after: 'stable: 1' })).deed).toBe(
			'moved stable from 2 to 1'
		);
	});
});
