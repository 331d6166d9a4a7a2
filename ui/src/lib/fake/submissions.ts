// What waits for a reviewer in the in-memory host.
import type { Review } from '../types';
import { before, hashOf, nextId } from './ids';
import type { Scene } from './scenes';
import { simple, type Doc } from './texts';
import type { FakeCharacter, FakeSubmission } from './world';

const hour = 60;
const day = 24 * hour;

const stage = (number: number, name: string, role: string, approved_by: string | null = null) => ({
	stage: number,
	name,
	role,
	approved_by
});

const kestrel: Doc = {
	...simple(
		'Kestrel, keeper of the weir',
		'Kestrel keeps the weir at Lower Aven and knows every boat by the sound it makes against the piles. She is owed eleven favours and has never called one in.\n\nShe takes {{user}} for the new assessor until told otherwise, and for a while after.',
		'“You are early,” says Kestrel, without turning from the sluice. “The water is not ready to be measured, and neither am I. Hold this rope, {{user}}, and tell me who sent you.”',
		['river', 'slow burn', 'found family'],
		'oriel'
	)
};
kestrel.text.personality = 'Dry, exact, kind by stealth. She answers the question behind the question.';
kestrel.text.scenario = 'The last evening before the spring flood, at the weir of Lower Aven.';
kestrel.text.mes_example =
	'<START>\n{{user}}: Does it ever frighten you?\n{{char}}: “The water? No. The water says what it will do. It is the people upstream I watch.”';
kestrel.items.alternate_greetings = [
	'The lamp at the weir is lit before the sun is down, which it never is. Kestrel is waiting at the gate, and she has put on her coat.'
];
kestrel.rest = [
	['data.character_version', '"1.3"'],
	['data.system_prompt', '"Keep {{char}} laconic. Weather before feelings."']
];

const kestrelBefore: Doc = {
	...kestrel,
	portrait: 'tamsin',
	text: {
		...kestrel.text,
		description: kestrel.text
			.description!.replace('eleven favours', 'nine favours')
			.replace(' and for a while after', ''),
		first_mes:
			'“You are early,” says Kestrel, and turns from the sluice. “The water is not ready to be measured. Hold this rope, {{user}}, and tell me who sent you.”'
	},
	items: { ...kestrel.items, alternate_greetings: [] }
};

const tin: Doc = simple(
	'Tin Mother',
	'She was built to mind one child and has minded nine generations of them.',
	'“Shoes,” says Tin Mother, from the dark at the end of the hall.',
	['gothic', 'robots'],
	'unit7'
);

const longName: Doc = simple(
	'The Right Honourable Archimandrite Bartholomew Featherstonehaugh-Cholmondeley, sometime Keeper of the Unabridged Register of Winds',
	'He has catalogued every wind but one. '.repeat(30),
	'“Do sit,” says the Archimandrite, “if you can find where. ” '.repeat(12),
	['comedy of manners', 'weather', 'a tag that goes on for rather longer than a tag should'],
	'voss'
);

export function submissions(scenes: Set<Scene>, characters: FakeCharacter[]): FakeSubmission[] {
	if (scenes.has('empty')) return [];
	const tamsin = characters.find((one) => one.slug === 'tamsin-reed');
	const all: FakeSubmission[] = [
		one('ben', 'kestrel', 3, kestrel, [2, kestrelBefore], 'stable', 2 * day, {
			notes:
				'A colder opening, and a second greeting\n\nKestrel no longer turns round: players took it for a welcome. The greeting at the gate is for the evening of the flood.',
			stages: [stage(1, 'Editing', 'reviewer', 'Cleo Marsh'), stage(2, 'Rights', 'reviewer')],
			next: 2
		}),
		one('odile', 'tin-mother', 1, tin, null, 'beta', 9 * hour, {
			notes: 'First release.',
			stages: [stage(1, 'Editing', 'reviewer'), stage(2, 'Rights', 'reviewer')]
		}),
		one(
			'ben',
			'low-tide',
			4,
			simple('Low Tide', 'A pub that is only there at low tide.', '', [], null),
			null,
			null,
			5 * hour,
			{
				stages: [stage(1, 'Safety', 'safety officer')],
				why_not: 'This stage is decided by somebody with the role safety officer.'
			}
		)
	];
	const own = tamsin?.releases[0];
	if (tamsin && own?.state === 'submitted')
		all.push(
			one('ana', tamsin.slug, own.number, own.doc, null, 'stable', 3 * hour, {
				release: own.id,
				manifest_sha256: `sha256:${hashOf(`manifest${tamsin.id}${own.number}`)}`,
				notes: own.notes,
				stages: [stage(1, 'Editing', 'reviewer'), stage(2, 'Rights', 'reviewer')],
				why_not: 'Nobody decides on what is their own; somebody else has to.'
			})
		);
	if (scenes.has('long'))
		all.unshift(
			one(
				'bartholomew-featherstonehaugh-cholmondeley',
				'the-right-honourable-archimandrite-keeper-of-the-register-of-winds',
				128,
				longName,
				[
					127,
					{ ...longName, text: { ...longName.text, description: 'He has catalogued every wind but two.' } }
				],
				'a-channel-with-a-name-as-long-as-one-may-be',
				40 * day,
				{
					notes:
						'A line of notes that was written without a single full stop in mind and therefore goes on '.repeat(
							3
						),
					stages: [
						stage(
							1,
							'Editing and house style, including the spelling of titles',
							'reviewer',
							'Philippa von Unterwasser'
						),
						stage(2, 'Rights, trademarks and likenesses of living people', 'rights reviewer'),
						stage(3, 'Publication', 'operator')
					],
					next: 2
				}
			)
		);
	if (scenes.has('no-role'))
		for (const { review } of all)
			review.why_not ??= 'This stage is decided by somebody with the role reviewer.';
	return all;
}

function one(
	creator: string,
	slug: string,
	number: number,
	doc: Doc,
	base: FakeSubmission['base'],
	channel: string | null,
	minutesAgo: number,
	more: Partial<Review>
): FakeSubmission {
	return {
		doc,
		base,
		lorebook: null,
		review: {
			release: nextId('release'),
			creator,
			slug,
			name: doc.text.name ?? '',
			number,
			manifest_sha256: `sha256:${hashOf(`manifest${slug}${number}`)}`,
			submitted_at: before(minutesAgo),
			notes: null,
			channel,
			stages: [],
			next: 1,
			why_not: null,
			...more
		}
	};
}
