// What can be done with a release. The host says what the state and the person's role allow, and why not the rest.
import type { ActionState, OutboxEntry, ReleaseNode } from '../types';
import type { MenuAction } from '../components/shared/Menu.svelte';
import { host, toHostError } from '../host';
import { pick } from './comparison.svelte';
import { openDialog } from './dialogs.svelte';
import { say, sayProblem } from './notices.svelte';

type Action = ActionState['action'];

const labels: Record<Action, (number: number) => string> = {
	withdraw: (number) => `Withdraw ${number}…`,
	compare: () => 'Pick to compare',
	export: (number) => `Export ${number}…`,
	promote: (number) => `Point a channel to ${number}…`,
	deprecate: (number) => `Deprecate ${number}…`,
	undeprecate: () => 'Take back the deprecation',
	archive: (number) => `Archive ${number}`,
	unarchive: (number) => `Bring ${number} back`,
	revoke: (number) => `Revoke ${number}…`
};

const order: Action[] = [
	'withdraw',
	'compare',
	'export',
	'promote',
	'deprecate',
	'undeprecate',
	'archive',
	'unarchive',
	'revoke'
];

export function releaseActions(character: string, release: ReleaseNode): MenuAction[] {
	return order.flatMap((action): MenuAction[] => {
		const state = release.actions.find((one) => one.action === action);
		// Of a pair, the half that makes no sense in this state is left out when its other half can be done.
		// Only what is with the reviewers can be taken back from them; elsewhere the words would mean nothing.
		if (action === 'withdraw' && release.state !== 'submitted') return [];
		if (!state || (!state.allowed && mirrored(action, release.actions))) return [];
		return [
			{
				id: action,
				label: labels[action](release.number),
				whyNot: state.allowed ? null : (state.why_not ?? 'Not possible in this state.'),
				grave: action === 'revoke',
				ruleBefore: action === 'revoke' || action === 'promote',
				run: () => run(action, character, release)
			}
		];
	});
}

const pairs: Partial<Record<Action, Action>> = {
	undeprecate: 'deprecate',
	deprecate: 'undeprecate',
	unarchive: 'archive',
	archive: 'unarchive'
};

function mirrored(action: Action, all: ActionState[]): boolean {
	const other = pairs[action];
	if (!other) return false;
	const otherAllowed = all.some((one) => one.action === other && one.allowed);
	return otherAllowed || action === 'undeprecate' || action === 'unarchive';
}

function run(action: Action, character: string, release: ReleaseNode): void {
	switch (action) {
		case 'compare':
			return pick(character, release.id);
		case 'export':
			return openDialog({
				kind: 'export',
				character,
				version: { kind: 'release', release: release.id },
				title: `release ${release.number}`
			});
		case 'withdraw':
		case 'promote':
		case 'deprecate':
		case 'revoke':
			return openDialog({ kind: action, character, release });
		case 'archive':
			return void ask(host.archive(character, release.id), () => host.unarchive(character, release.id));
		case 'unarchive':
			return void ask(host.unarchive(character, release.id));
		case 'undeprecate':
			return void ask(host.undeprecate(character, release.id));
	}
}

/** Says what the outbox took on; `undo` is offered where there is a way back. */
export async function ask(asked: Promise<OutboxEntry>, undo?: () => Promise<OutboxEntry>): Promise<boolean> {
	try {
		const entry = await asked;
		const action = undo && { label: 'Undo', run: () => void ask(undo()) };
		say(`${entry.summary}: in the outbox.`, { entry: entry.key, action });
		return true;
	} catch (thrown) {
		const error = toHostError(thrown);
		sayProblem(error);
		return false;
	}
}
