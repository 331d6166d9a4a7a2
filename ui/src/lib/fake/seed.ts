// What the in-memory host starts with.
import type { Lorebook, OutboxEntry } from '../types';
import { before, keyOf, ruleSet } from './ids';
import type { Scene } from './scenes';
import { long, mirelle, mirelleBefore, others, rtl } from './texts';
import { submissions } from './submissions';
import { character, event, release, type FakeCharacter, type World } from './world';

const day = 24 * 60;

export function seed(scenes: Set<Scene>): World {
	const world: World = {
		characters: scenes.has('empty') ? [] : characters(),
		outbox: [],
		submissions: [],
		online: !scenes.has('offline') && !scenes.has('starting') && !scenes.has('signed-out'),
		settings: {
			device_name: 'studio-laptop',
			inventory: { kind: 'shared', name: 'Team', url: 'https://inventory.example.org' },
			account: scenes.has('signed-out')
				? null
				: { handle: 'ana', name: 'Ana Ruiz', tenant: 'Salt Road Press' },
			keychain: scenes.has('session-only')
				? {
						state: 'session_only',
						message: 'This desktop has no secret service, so the token is kept only until the studio quits.'
					}
				: { state: scenes.has('signed-out') ? 'empty' : 'ok', message: null },
			token_prefix: scenes.has('signed-out') ? null : 'drm_7Kq2',
			data_folder: '~/.local/share/dramatis',
			export_folder: '~/Documents/Dramatis',
			app_version: '0.1.0',
			rule_set: ruleSet
		}
	};
	if (scenes.has('overtaken')) overtake(world.characters.find((one) => one.slug === 'mirelle'));
	if (scenes.has('long')) world.characters.unshift(character('her-serene-highness', long, 1));
	world.submissions = submissions(scenes, world.characters);
	if (scenes.has('rtl')) world.characters.unshift(character('layla', rtl, 1));
	if (!scenes.has('empty')) world.outbox = outbox(scenes);
	return world;
}

/** Another device has published since the draft began. */
function overtake(it: FakeCharacter | undefined): void {
	const newest = it?.releases[0];
	if (!it || !newest) return;
	it.newer = {
		release: newest.id,
		number: newest.number,
		actor: 'Ana',
		device: 'train-laptop',
		at: before(130),
		notes: newest.notes
	};
}

function characters(): FakeCharacter[] {
	const slugs = [
		'brother-anselm',
		'lighthouse-unit-7',
		'oriel-vane',
		'tamsin-reed',
		'emil-voss',
		'untitled-ghost'
	];
	const [anselm, unit7, oriel, tamsin, voss, ghost] = others.map((doc, at) =>
		character(slugs[at]!, doc, (at + 1) * 1700)
	);
	anselm!.releases = [
		release(2, 'published', others[0]!, 9 * day, { channels: ['stable'], notes: 'The bees have names now.' })
	];
	unit7!.releases = [
		release(1, 'published', others[1]!, 20 * day, { channels: ['stable', 'beta'], notes: 'First light.' })
	];
	oriel!.releases = [
		release(3, 'deprecated', others[2]!, 40 * day, {
			channels: ['stable'],
			notes: 'Ninth door.',
			notice: {
				code: null,
				message: 'The plan in the opening is wrong; a fourth release is coming.',
				successor: null
			}
		})
	];
	voss!.releases = [
		release(1, 'revoked', others[4]!, 70 * day, {
			notice: { code: 'rights', message: 'The portrait was licensed for private use only.', successor: null }
		})
	];
	tamsin!.releases = [
		release(1, 'submitted', others[3]!, 3 * 60, {
			notes: 'For the river season.',
			events: [event('release.submitted', before(3 * 60))]
		})
	];
	ghost!.creator = null;
	return [theMirelle(), anselm!, unit7!, oriel!, tamsin!, voss!, ghost!];
}

function theMirelle(): FakeCharacter {
	const it = character('mirelle', mirelle, 14);
	const first = before(62 * day);
	const gone = before(60 * day);
	it.lorebook = lorebook;
	it.revision = 48;
	it.source = { file_name: 'mirelle.png', container: 'PNG', imported_at: before(70 * day), repairs: [] };
	it.releases = [
		release(4, 'published', mirelleBefore, 2 * day, {
			channels: ['beta'],
			notes:
				'Softer opening, new greeting for returning travellers\n\nThe first message no longer names the wind. One greeting is new: it is for people who have met her before.',
			events: [
				event('release.submitted', before(2 * day + 20), { key: keyOf(44) }),
				event('release.published', before(2 * day), {
					detail: 'approved by Ben for these exact bytes',
					key: keyOf(44)
				}),
				event('channel.moved', before(2 * day), { before: null, after: 'beta: 4' })
			]
		}),
		release(3, 'published', mirelleBefore, 21 * day, {
			channels: ['stable'],
			notes: 'Lorebook: the guilds of Qasr',
			events: [
				event('release.published', before(21 * day), { key: keyOf(33) }),
				event('channel.moved', before(21 * day), { before: 'stable: 2', after: 'stable: 3' })
			]
		}),
		release(2, 'deprecated', mirelleBefore, 35 * day, {
			notes: 'Second ledger',
			notice: { code: null, message: 'Use release 3: the guild names were wrong.', successor: 3 },
			events: [
				event('release.published', before(35 * day), { key: keyOf(22) }),
				event('release.deprecated', before(20 * day), {
					reason: 'Use release 3: the guild names were wrong.',
					after: 'deprecated',
					before: 'published'
				})
			]
		}),
		release(1, 'revoked', mirelleBefore, 62 * day, {
			notes: 'First release',
			notice: { code: 'rights', message: 'The portrait was licensed for private use only.', successor: 2 },
			events: [
				event('release.published', first, { key: keyOf(11) }),
				event('release.revoked', gone, {
					reason_code: 'rights',
					reason: 'The portrait was licensed for private use only.',
					before: 'published',
					after: 'revoked',
					key: keyOf(12)
				})
			]
		})
	];
	return it;
}

const entry = (label: string, keys: string[], content: string, more = {}) => ({
	label,
	keys,
	secondary_keys: [],
	content,
	enabled: true,
	constant: false,
	order: '100',
	tokens: Math.ceil(content.length / 4),
	...more
});

const lorebook: Lorebook = {
	name: 'The salt road',
	description: 'Places, people and prices between Qasr and the coast.',
	tokens: 412,
	entries: [
		entry(
			'Qasr',
			['Qasr', 'the city'],
			'Qasr is a walled city that eats salt and exports opinions. Its nine guilds meet in a cistern, because sound carries there and secrets do not.',
			{ constant: true, order: '10' }
		),
		entry(
			'The second ledger',
			['ledger', 'the truth'],
			'@@depth 4\nThe second ledger is sewn into the lining of Mirelle’s coat. Nobody alive has read it all, herself included.'
		),
		entry(
			'Well of Abu Deen',
			['well', 'Abu Deen'],
			'The last sweet water before the coast. The keeper sells it by the story.',
			{ secondary_keys: ['water'] }
		),
		entry(
			'The robbed caravan',
			['robbery', 'cheated'],
			'Six years ago a caravan went out with forty camels and came home with forty bells.',
			{ enabled: false }
		)
	]
};

function outbox(scenes: Set<Scene>): OutboxEntry[] {
	const base: OutboxEntry = {
		key: keyOf(44),
		character: 'char-mirelle',
		character_name: 'Mirelle of the Salt Road',
		release: 'release-4',
		operation: 'publish',
		about: 'Softer opening, new greeting for returning travellers',
		summary: 'Publish 4 of Mirelle of the Salt Road to beta',
		state: 'settled',
		after_key: null,
		attempts: 1,
		ever_sent: true,
		created_at: before(2 * day),
		next_attempt_at: null,
		settled_at: before(2 * day - 1),
		last_error: null,
		outcome: 'Release 4 is published; beta points to it.',
		answer: '{\n  "release": { "number": 4, "state": "published" },\n  "channels": { "beta": 4 }\n}',
		inventory: 'Team',
		account: 'ana',
		cancelling: false,
		can_cancel: false,
		can_retry: false,
		overtaken_by: null
	};
	const entries: OutboxEntry[] = [
		base,
		{
			...base,
			key: keyOf(12),
			operation: 'revoke',
			summary: 'Revoke 1 of Mirelle of the Salt Road: rights',
			created_at: before(60 * day),
			settled_at: before(60 * day),
			outcome: 'Release 1 is revoked.',
			answer: '{\n  "release": { "number": 1, "state": "revoked" }\n}'
		}
	];
	if (scenes.has('needs-you')) {
		const overtaken = scenes.has('overtaken');
		entries.unshift({
			...base,
			key: keyOf(70),
			character: overtaken ? 'char-mirelle' : 'char-brother-anselm',
			character_name: overtaken ? 'Mirelle of the Salt Road' : 'Brother Anselm',
			summary: overtaken ? 'Publish Mirelle of the Salt Road to beta' : 'Publish Brother Anselm to stable',
			state: 'needs_you',
			attempts: 2,
			created_at: before(25),
			settled_at: null,
			outcome: null,
			answer: '{\n  "type": "about:blank",\n  "code": "base_outdated",\n  "status": 409\n}',
			last_error: {
				code: 'base_outdated',
				message: `Release ${overtaken ? 4 : 2} came in between. Nothing was published and the draft is unchanged; merge that release and publish again.`,
				hints: []
			},
			can_cancel: true,
			can_retry: !overtaken,
			overtaken_by: overtaken ? 4 : 2
		});
	}
	return entries;
}
