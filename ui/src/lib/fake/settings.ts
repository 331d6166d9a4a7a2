import type { Status } from '../types';
import type { Host } from '../hostInterface';
import { error, type Context } from './context';
import { before } from './ids';

type Part = Pick<Host, 'status' | 'settings' | 'setDeviceName' | 'useInventory' | 'signIn' | 'signOut'>;

export function fakeSettings({ world, scenes, answer, tell }: Context): Part {
	const status = (): Status => ({
		connection: scenes.has('starting')
			? 'starting'
			: scenes.has('signed-out') || !world.settings.account
				? 'signed_out'
				: world.online
					? 'online'
					: 'offline',
		connection_detail: world.online ? null : 'The inventory did not answer at 14:01.',
		inventory: world.settings.inventory,
		account: world.settings.account,
		waiting: world.outbox.filter((one) => ['waiting', 'sending', 'retrying'].includes(one.state)).length,
		needs_you: world.outbox.filter((one) => one.state === 'needs_you').length,
		store: scenes.has('full')
			? { state: 'full', message: 'The disk is full: nothing more can be saved.' }
			: scenes.has('recovered')
				? {
						state: 'recovered',
						message:
							'The local store was damaged at the last start. It was put aside whole, and 6 of 7 characters were read from it.'
					}
				: { state: 'ok', message: null },
		history: scenes.has('alarm')
			? {
					state: 'alarm',
					at: before(3),
					message:
						'The history of Mirelle of the Salt Road no longer continues what this studio saw before. Both versions are kept.'
				}
			: { state: 'verified', at: before(1), message: null },
		keychain: world.settings.keychain
	});

	return {
		status: () => (scenes.has('failing') ? Promise.resolve(status()) : answer(status)),
		settings: () => answer(() => world.settings),
		setDeviceName: (name) =>
			answer(() => {
				world.settings.device_name = name;
				tell(['settings']);
				return world.settings;
			}),
		useInventory: (url) =>
			answer(() => {
				if (url && !/^https?:\/\//.test(url))
					throw error(
						'bad_url',
						`“${url}” is not an address.`,
						'Nothing was changed.',
						'Write it as https://inventory.example.org.'
					);
				world.settings.inventory = url
					? { kind: 'shared', name: new URL(url).host, url }
					: { kind: 'this_computer', name: 'This computer', url: null };
				tell(['status']);
				return world.settings;
			}),
		signIn: (token) =>
			answer(() => {
				if (!token.startsWith('drm_'))
					throw error(
						'token_malformed',
						'This is not a token of an inventory.',
						'Nothing was changed.',
						'Copy the whole token; it begins with drm_.'
					);
				world.settings.account = { handle: 'ana', name: 'Ana Ruiz', tenant: 'Salt Road Press' };
				world.settings.keychain = { state: 'ok', message: null };
				world.settings.token_prefix = token.slice(0, 8);
				scenes.delete('signed-out');
				world.online = true;
				tell(['status']);
				return world.settings;
			}),
		signOut: () =>
			answer(() => {
				world.settings.account = null;
				world.settings.token_prefix = null;
				world.settings.keychain = { state: 'empty', message: null };
				tell(['status']);
				return world.settings;
			})
	};
}
