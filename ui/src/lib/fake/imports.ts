import type { ImportChoice, ImportPreview, Sample } from '../types';
import { HostError } from '../hostError';
import { before, nextId } from './ids';
import { mirelle, others, simple, type Doc } from './texts';
import { character, type World } from './world';

const sampleDocs: [id: string, doc: Doc, excerpt: string][] = [
	['mirelle', mirelle, 'A salt factor with two ledgers, three nights out of Qasr.'],
	['anselm', others[0]!, 'He keeps the bees and the hours, and confuses the two when it rains.'],
	['unit-7', others[1]!, 'An automatic lighthouse that has learned to wait for answers.']
];

export function samples(): Sample[] {
	return sampleDocs.map(([id, doc, excerpt]) => ({
		id,
		name: doc.text.name!,
		excerpt,
		portrait: doc.portrait!
	}));
}

export class FakeImports {
	#world: World;
	#waiting = new Map<string, Doc>();

	constructor(world: World) {
		this.#world = world;
	}

	sample(id: string): ImportPreview {
		const [, doc] = sampleDocs.find(([one]) => one === id)!;
		return this.#preview(`${id}.png`, structuredClone(doc), id === 'mirelle' ? 4 : 0);
	}

	file(name: string): ImportPreview {
		if (!/\.(png|json)$/i.test(name)) {
			throw new HostError({
				code: 'card_not_supported',
				message: `“${name}” is not a card this studio can read yet.`,
				hints: ['Nothing was changed.', 'Cards come as PNG or JSON, versions 1 to 3.']
			});
		}
		const title = name.replace(/\.\w+$/, '').replace(/[-_]/g, ' ');
		return this.#preview(
			name,
			simple(title, 'Brought in from a file.', 'Hello, {{user}}.', ['imported'], 'ghost'),
			0
		);
	}

	commit(preview: string, choice: ImportChoice): string | null {
		const doc = this.#waiting.get(preview);
		if (!doc)
			throw new HostError({
				code: 'not_found',
				message: 'This import is no longer waiting.',
				hints: ['Choose the file again.']
			});
		this.#waiting.delete(preview);
		if (choice.kind === 'skip') return null;
		if (choice.kind === 'draft_of') {
			const it = this.#world.characters.find((one) => one.id === choice.character)!;
			it.undo.push(it.doc);
			it.doc = doc;
			it.revision += 1;
			return it.id;
		}
		const it = character(
			`${doc.text.name!.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${nextId('n').slice(2)}`,
			doc,
			0
		);
		it.source = { file_name: 'card.png', container: 'PNG', imported_at: before(0), repairs: [] };
		this.#world.characters.unshift(it);
		return it.id;
	}

	#preview(file: string, doc: Doc, entries: number): ImportPreview {
		const id = nextId('preview');
		this.#waiting.set(id, doc);
		return {
			id,
			file_name: file,
			container: file.endsWith('json') ? 'JSON' : 'PNG (tEXt chara, after IDAT)',
			version: 'V2',
			name: doc.text.name!,
			excerpt: doc.text.description!.slice(0, 200),
			document: `sha256:${file}`,
			portrait: doc.portrait,
			lorebook_entries: entries,
			greetings: 1 + (doc.items.alternate_greetings?.length ?? 0),
			repairs: entries
				? [
						{
							code: 'lorebook_extensions',
							path: 'data.character_book.extensions',
							message: 'The lorebook has no “extensions”. It is read as empty; the card is kept as it came.'
						},
						{
							code: 'number_as_string',
							path: 'data.character_version',
							message: 'The version is a number. It is read as text.'
						}
					]
				: [],
			duplicates: this.#world.characters
				.filter((one) => one.doc.text.name === doc.text.name)
				.map((one) => ({ character: one.id, name: one.doc.text.name!, why: 'same_name' as const }))
		};
	}
}
