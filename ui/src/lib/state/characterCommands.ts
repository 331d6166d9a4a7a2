// The commands of an open character.
import { goto } from '$app/navigation';
import type { Timeline } from '../types';
import { host, toHostError } from '../host';
import type { Command } from './commands.svelte';
import { compare, pickedOf } from './comparison.svelte';
import { openDialog } from './dialogs.svelte';
import type { Editor } from './editor.svelte';
import { layout } from './layout.svelte';
import { say, sayProblem } from './notices.svelte';
import { keep, preferences } from './preferences.svelte';

export function characterCommands(editor: Editor, timeline: () => Timeline | undefined): Command[] {
	const character = editor.id;
	const none = () => (editor.character ? null : 'The character is not open yet.');
	const noRelease = () => (timeline()?.releases.length ? null : 'Nothing has been published yet.');
	return [
		{
			id: 'publish',
			title: 'Publish',
			group: 'Character',
			keys: ['p'],
			whyNot: none,
			run: () => void publish(editor)
		},
		{
			id: 'take-in',
			title: 'Take in the newer release',
			group: 'Character',
			keys: ['m'],
			whyNot: () =>
				none() ??
				(editor.character?.newer ? null : 'No release is newer than what this draft was made from.'),
			run: () => void takeIn(editor)
		},
		{
			id: 'both-sides',
			title: 'Look at what both sides changed',
			group: 'Character',
			keys: ['b'],
			whyNot: () =>
				none() ??
				(editor.character?.overlaps.length ? null : 'Nothing that both sides changed is undecided.'),
			run: () => openDialog({ kind: 'taken-in', character })
		},
		{
			id: 'undo',
			title: 'Undo',
			group: 'Character',
			keys: ['z', 'mod+z'],
			leavesText: notOfCard,
			whyNot: () => (editor.character?.can_undo || editor.unsaved ? null : 'There is nothing to take back.'),
			run: () => void step(editor, 'undo')
		},
		{
			id: 'redo',
			title: 'Redo',
			group: 'Character',
			keys: ['shift+z', 'mod+shift+z', 'mod+y'],
			leavesText: notOfCard,
			whyNot: () => (editor.character?.can_redo ? null : 'There is nothing to do again.'),
			run: () => void step(editor, 'redo')
		},
		{
			id: 'compare',
			title: 'Compare',
			group: 'Compare',
			keys: ['d'],
			whyNot: noRelease,
			run: () => compareHere(character, timeline())
		},
		{
			id: 'write',
			title: 'Back to the text',
			group: 'Character',
			run: () => void goto(`/character/${character}`)
		},
		{
			id: 'verify',
			title: 'Verify the history',
			group: 'Timeline',
			keys: ['v'],
			run: () => openDialog({ kind: 'verify', character })
		},
		{
			id: 'resolve',
			title: 'What apps get',
			group: 'Timeline',
			keys: ['a'],
			whyNot: noRelease,
			run: () => openDialog({ kind: 'resolve', character })
		},
		{
			id: 'refresh',
			title: 'Ask the inventory now',
			group: 'Timeline',
			keys: ['r'],
			run: () => void refresh(character)
		},
		{
			id: 'timeline',
			title: 'Show or hide the timeline',
			group: 'Timeline',
			keys: ['t'],
			run: toggleTimeline
		},
		{
			id: 'export',
			title: 'Export the draft',
			group: 'Character',
			keys: ['e'],
			whyNot: none,
			run: () => openDialog({ kind: 'export', character, version: { kind: 'draft' }, title: 'the draft' })
		}
	];
}

/**
 * In the fields of the card Ctrl-Z is the draft's own undo, which survives a restart and goes over all fields in order;
 * in every other text field it stays the text field's.
 */
const notOfCard = (target: HTMLElement) => target.dataset.field === undefined;

/** Saves what is typed, then opens the sheet: what is checked there is what is written here. */
export async function publish(editor: Editor): Promise<void> {
	await editor.flush();
	openDialog({ kind: 'publish', character: editor.id });
}

/** Takes the newest release in and shows what came of it. Nothing is lost whatever is chosen then. */
export async function takeIn(editor: Editor): Promise<void> {
	const taken = await editor.takeIn();
	if (taken) openDialog({ kind: 'taken-in', character: editor.id, taken });
	else if (editor.problem) sayProblem(editor.problem);
}

export async function step(editor: Editor, which: 'undo' | 'redo'): Promise<void> {
	const changed = await editor[which]();
	if (editor.problem) {
		sayProblem(editor.problem);
		return;
	}
	const label = editor.character?.fields.find((field) => field.key === changed)?.label;
	if (label) say(which === 'undo' ? `Took back a change of ${label}.` : `Did the change of ${label} again.`);
	if (changed) document.getElementById(`field-${changed}`)?.scrollIntoView({ block: 'nearest' });
}

export async function refresh(character: string): Promise<void> {
	try {
		await host.refresh(character);
		say('The history is up to date.');
	} catch (thrown) {
		const error = toHostError(thrown);
		sayProblem(error);
	}
}

/** Two picked: these. One: that and the draft. None: the newest release and the draft. */
function compareHere(character: string, timeline: Timeline | undefined): void {
	const [first, second] = pickedOf(character);
	const newest = timeline?.releases[0]?.id;
	if (first && second) compare(character, first, second);
	else if (first && first !== 'draft') compare(character, first, 'draft');
	else if (newest) compare(character, newest, 'draft');
}

function toggleTimeline(): void {
	if (layout.narrow) layout.drawer = !layout.drawer;
	else keep({ timeline: !preferences.timeline });
}
