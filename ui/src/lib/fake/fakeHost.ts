// An in-memory host for Vitest, Playwright and pictures. It is compiled in only with `--mode fake`.
import type { FieldEdit, ReleaseState, Status } from '../bindings';
import { HostError } from '../hostError';
import type { Host } from '../hostInterface';
import { FakeImports, samples } from './imports';
import { before, now } from './ids';
import { FakeQueue, moved, nextNumber, published } from './outbox';
import { drawnPortrait } from './portraits';
import { scenesOf, type Scene } from './scenes';
import { seed } from './seed';
import { simple, type Doc } from './texts';
import {
	baseOf,
	changesOf,
	characterView,
	checklist,
	diffView,
	docOf,
	savedView,
	summary,
	timelineView
} from './views';
import { character as newCharacter, event, type FakeCharacter, type FakeRelease, type World } from './world';

export interface FakeHost extends Host {
	/** For tests: what the host knows, and the switch of the network. */
	world: World;
	setOnline(online: boolean): void;
	tell(tags: string[]): void;
	/** Every edit that arrived, in order. */
	edits: { revision: number; edit: FieldEdit }[];
}

const error = (code: string, message: string, ...hints: string[]) => new HostError({ code, message, hints });

export function fakeHost(address: URL, more: Scene[] = []): FakeHost {
	const scenes = scenesOf(address);
	for (const scene of more) scenes.add(scene);
	const world = seed(scenes);
	const listeners = new Set<(tags: string[]) => void>();
	const tell = (tags: string[]) => setTimeout(() => listeners.forEach((listener) => listener(tags)), 0);
	const queue = new FakeQueue(world, tell);
	const imports = new FakeImports(world);
	const edits: FakeHost['edits'] = [];

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
	const releaseOf = (it: FakeCharacter, id: string): FakeRelease => it.releases.find((one) => one.id === id)!;
	const step = (it: FakeCharacter, field: string, doc: Doc) => {
		const typing = it.lastEdit?.field === field && Date.now() - it.lastEdit.at < 1200;
		if (!typing) it.undo.push(it.doc);
		it.redo = [];
		it.doc = doc;
		it.lastEdit = { field, at: Date.now() };
		it.revision += 1;
		it.savedAt = now().toISOString();
		tell([`character:${it.id}`, 'library']);
	};
	const back = (it: FakeCharacter, from: Doc[], to: Doc[]) => {
		const doc = from.pop();
		if (!doc) throw error('nothing_to_undo', 'There is nothing more to take back.');
		to.push(it.doc);
		it.doc = doc;
		it.lastEdit = null;
		it.revision += 1;
		it.savedAt = now().toISOString();
		tell([`character:${it.id}`, 'library']);
		return characterView(it);
	};
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
				moved(one, `${operation}d`, state);
				if (operation === 'undeprecate') one.notice = null;
				return `Release ${one.number} is ${state}.`;
			});
		});

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
		world,
		edits,
		tell,
		setOnline(online) {
			world.online = online;
			scenes.delete('offline');
			if (online) queue.settleAll();
			tell(['status', 'outbox', 'library', ...world.characters.map((one) => `timeline:${one.id}`)]);
		},
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
			}),

		listCharacters: () => answer(() => world.characters.map((it) => summary(world, it))),
		listSamples: () => answer(samples),
		createCharacter: (name) =>
			answer(() => {
				const it = newCharacter(
					name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
					simple(name, '', '', [], null),
					0
				);
				world.characters.unshift(it);
				tell(['library']);
				return it.id;
			}),
		previewImport: (fileName) => answer(() => imports.file(fileName)),
		previewSample: (sample) => answer(() => imports.sample(sample)),
		commitImport: (preview, choice) =>
			answer(() => {
				const id = imports.commit(preview, choice);
				tell(['library', ...(id ? [`character:${id}`] : [])]);
				return id;
			}),

		openCharacter: (id) => answer(() => characterView(find(id))),
		editField: (id, revision, edit) =>
			answer(() => {
				edits.push({ revision, edit });
				if (scenes.has('full'))
					throw error(
						'store_full',
						'The disk is full, so this could not be saved.',
						'What you typed is kept in this window.',
						'Free some space; saving goes on by itself. Or copy the text now.'
					);
				if (scenes.has('conflict'))
					throw error(
						'edit_conflict',
						'This field was changed in another window at the same time.',
						'Both texts are kept.',
						'Choose which one stands.'
					);
				const it = find(id);
				const doc = structuredClone(it.doc);
				if (edit.kind === 'text') doc.text[edit.field] = edit.text;
				else doc.items[edit.field] = edit.items;
				step(it, edit.field, doc);
				return savedView(it, edit.field);
			}),
		setSlug: (id, slug) =>
			answer(() => {
				const it = find(id);
				if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug))
					throw error(
						'slug_invalid',
						`“${slug}” cannot stand in an address.`,
						'The address is as it was.',
						'Use small letters, digits and single hyphens.'
					);
				if (world.characters.some((one) => one !== it && one.slug === slug))
					throw error(
						'slug_taken',
						`Another character of yours has the address “${slug}”.`,
						'The address is as it was.',
						'Choose another.'
					);
				it.slug = slug;
				it.revision += 1;
				tell(['library']);
				return savedView(it, 'name');
			}),
		setPortrait: (id) =>
			answer(() => {
				const it = find(id);
				step(it, 'portrait', { ...it.doc, portrait: it.doc.portrait === 'tamsin' ? 'voss' : 'tamsin' });
				return savedView(it, 'name');
			}),
		undo: (id) => answer(() => back(find(id), find(id).undo, find(id).redo)),
		redo: (id) => answer(() => back(find(id), find(id).redo, find(id).undo)),
		restoreField: (id, from, path) =>
			answer(() => {
				const it = find(id);
				const source = docOf(it, from).doc;
				const doc = structuredClone(it.doc);
				if (path === 'portrait') doc.portrait = source.portrait;
				else if (path in doc.items) doc.items[path] = source.items[path] ?? [];
				else doc.text[path] = source.text[path] ?? '';
				it.lastEdit = null;
				step(it, `restore:${path}`, doc);
				return characterView(it);
			}),
		exportCard: (id, version, container, format, dryRun) =>
			answer(() => {
				const { title, doc } = docOf(find(id), version);
				const losses =
					format === 'v1'
						? [
								'Creator’s notes, greetings, tags and the lorebook (4 entries) have no place in V1.',
								'Extensions (2) have no place in V1.'
							]
						: [];
				return {
					file: dryRun ? null : `~/Documents/Dramatis/${doc.text.name} ${title}.${container}`,
					losses
				};
			}),

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
					rule_set: '6b1f0c2e',
					rule_set_older: false
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
		deprecate: (id, release, message, successor) =>
			answer(() => {
				const it = find(id);
				const one = releaseOf(it, release);
				return queue.add(it, 'deprecate', `Deprecate ${one.number} of ${it.doc.text.name}`, () => {
					moved(one, 'deprecated', 'deprecated', { reason: message });
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
					moved(one, 'revoked', 'revoked', { reason_code: code, reason: message });
					one.notice = {
						code,
						message,
						successor: it.releases.find((other) => other.id === successor)?.number ?? null
					};
					for (const move of repoint) {
						one.channels = one.channels.filter((name) => name !== move.channel);
						releaseOf(it, move.release).channels.push(move.channel);
						one.events.push(
							event('channel_moved', now().toISOString(), {
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
					one.events.push(event('promoted', now().toISOString(), { after: channel, reason: reason || null }));
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
					successor: one.notice?.successor ?? null
				};
			}),

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
