import type { FieldEdit } from '../types';
import type { Host } from '../hostInterface';
import { error, type Context } from './context';
import { now } from './ids';
import type { Doc } from './texts';
import { characterView, docOf, savedView } from './views';
import type { FakeCharacter } from './world';

type Part = Pick<
	Host,
	| 'openCharacter'
	| 'editField'
	| 'setSlug'
	| 'setPortrait'
	| 'undo'
	| 'redo'
	| 'restoreField'
	| 'takeIn'
	| 'settleOverlap'
	| 'exportCard'
>;

/** Every edit that arrived, in order. */
export type Edits = { revision: number; edit: FieldEdit }[];

export function fakeWriting({ world, scenes, answer, find, tell }: Context, edits: Edits): Part {
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

	return {
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
		takeIn: (id) =>
			answer(() => {
				const it = find(id);
				if (!it.newer)
					throw error('nothing_newer', 'No release is newer than the one this draft was made from.');
				const theirs = 'You came by the salt road. Sit; the tea is older than the quarrel.';
				const { number } = it.newer;
				it.overlaps = [
					{
						path: 'first_mes',
						label: 'First message',
						mine: it.doc.text.first_mes ?? '',
						theirs,
						my_portrait: null,
						their_portrait: null,
						number,
						field: 'first_mes'
					}
				];
				it.newer = null;
				step(it, 'document', {
					...it.doc,
					text: { ...it.doc.text, scenario: 'Three nights out of Qasr, with water for two.' }
				});
				it.lastEdit = null;
				const taken = [{ path: 'scenario', label: 'Scenario', kind: 'changed' as const }];
				return { character: characterView(it), number, taken };
			}),
		settleOverlap: (id, path, choice) =>
			answer(() => {
				const it = find(id);
				const found = it.overlaps.find((one) => one.path === path);
				if (!found) throw error('not_found', 'Nothing is to be decided there.');
				it.overlaps = it.overlaps.filter((one) => one !== found);
				if (choice === 'theirs')
					step(it, path, { ...it.doc, text: { ...it.doc.text, [path]: found.theirs } });
				it.lastEdit = null;
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
			})
	};
}
