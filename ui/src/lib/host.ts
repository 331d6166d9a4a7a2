// The only file that talks to the shell: every command of `bindings.ts`, unwrapped into values and HostErrors.
import { convertFileSrc } from '@tauri-apps/api/core';
import { commands, events } from './bindings';
import { HostError } from './hostError';
import type { Host } from './hostInterface';
import type { IpcError } from './types';

export type { Host } from './hostInterface';
export { HostError, toHostError } from './hostError';

/** The host of this window. Set once by `startHost` before anything is drawn. */
export let host: Host;

/**
 * Chooses the host: the shell where there is one. The in-memory host is compiled in only in builds for tests
 * and pictures (`vite --mode fake`); a production window outside the shell gets none. Answers whether there is a host.
 */
export async function startHost(): Promise<boolean> {
	if ('__TAURI_INTERNALS__' in window) {
		host = tauriHost;
		return true;
	}
	if (__FAKE_HOST__) {
		const { fakeHost } = await import('./fake/fakeHost');
		host = fakeHost(new URL(window.location.href));
		return true;
	}
	return false;
}

/** For tests: sets the host that views talk to. */
export function useHost(other: Host): void {
	host = other;
}

type Answer<T> = { status: 'ok'; data: T } | { status: 'error'; error: IpcError };

async function value<T>(asked: Promise<Answer<T>>): Promise<T> {
	const answer = await asked;
	if (answer.status === 'error') throw new HostError(answer.error);
	return answer.data;
}

async function done(asked: Promise<Answer<null>>): Promise<void> {
	await value(asked);
}

const tauriHost: Host = {
	status: () => value(commands.status()),
	settings: () => value(commands.settings()),
	setDeviceName: (name) => value(commands.setDeviceName(name)),
	useInventory: (url) => value(commands.useInventory(url)),
	signIn: (token) => value(commands.signIn(token)),
	signOut: () => value(commands.signOut()),

	listCharacters: () => value(commands.listCharacters()),
	listSamples: () => value(commands.listSamples()),
	createCharacter: (name) => value(commands.createCharacter(name)),
	previewImport: (fileName, base64) => value(commands.previewImport(fileName, base64)),
	previewSample: (sample) => value(commands.previewSample(sample)),
	commitImports: (chosen) => value(commands.commitImports(chosen)),

	openCharacter: (character) => value(commands.openCharacter(character)),
	editField: (character, revision, edit) => value(commands.editField(character, revision, edit)),
	setSlug: (character, slug) => value(commands.setSlug(character, slug)),
	setPortrait: (character, base64) => value(commands.setPortrait(character, base64)),
	undo: (character) => value(commands.undo(character)),
	redo: (character) => value(commands.redo(character)),
	restoreField: (character, from, path) => value(commands.restoreField(character, from, path)),
	takeIn: (character) => value(commands.takeIn(character)),
	settleOverlap: (character, path, choice) => value(commands.settleOverlap(character, path, choice)),
	exportCard: (character, version, container, format, dryRun) =>
		value(commands.exportCard(character, version, container, format, dryRun)),

	timeline: (character) => value(commands.timeline(character)),
	refresh: (character) => done(commands.refresh(character)),
	diff: (character, a, b) => value(commands.diff(character, a, b)),
	publishCheck: (character, channel) => value(commands.publishCheck(character, channel)),
	publish: (character, channel, notes) => value(commands.publish(character, channel, notes)),
	withdraw: (character, release) => value(commands.withdraw(character, release)),
	deprecate: (character, release, message, successor) =>
		value(commands.deprecate(character, release, message, successor)),
	undeprecate: (character, release) => value(commands.undeprecate(character, release)),
	archive: (character, release) => value(commands.archive(character, release)),
	unarchive: (character, release) => value(commands.unarchive(character, release)),
	revoke: (character, release, code, message, successor, repoint) =>
		value(commands.revoke(character, release, code, message, successor, repoint)),
	promote: (character, release, channel, reason) =>
		value(commands.promote(character, release, channel, reason)),
	verify: (character) => value(commands.verify(character)),
	resolve: (character, channel) => value(commands.resolve(character, channel)),

	reviews: () => value(commands.reviews()),
	review: (release) => value(commands.review(release)),
	approve: (release, stage) => value(commands.approve(release, stage)),
	reject: (release, stage, message) => value(commands.reject(release, stage, message)),

	listOutbox: () => value(commands.listOutbox()),
	outboxSendNow: () => done(commands.outboxSendNow()),
	outboxRetry: (key) => value(commands.outboxRetry(key)),
	outboxCancel: (key) => value(commands.outboxCancel(key)),

	portraitUrl: (hash) => convertFileSrc(hash, 'portrait'),
	onChanged: (tell) => events.changed.listen((event) => tell(event.payload.tags))
};
