// The commands that are there in every view.
import { goto } from '$app/navigation';
import { host, toHostError } from '../host';
import { moveFocus } from '../keyboard';
import type { Command } from './commands.svelte';
import { openDialog } from './dialogs.svelte';
import { layout } from './layout.svelte';
import { say, sayProblem } from './notices.svelte';
import { keep, largerText, preferences } from './preferences.svelte';

export function windowCommands(chooseFiles: () => void): Command[] {
	return [
		{ id: 'library', title: 'Library', group: 'Go to', keys: ['mod+1'], run: () => void goto('/') },
		{ id: 'outbox', title: 'Outbox', group: 'Go to', keys: ['mod+2'], run: () => void goto('/outbox') },
		{ id: 'reviews', title: 'Reviews', group: 'Go to', keys: ['mod+3'], run: () => void goto('/reviews') },
		{ id: 'settings', title: 'Settings', group: 'Go to', keys: ['mod+,'], run: () => void goto('/settings') },
		{
			id: 'new',
			title: 'New character',
			group: 'Library',
			keys: ['n'],
			run: () => openDialog({ kind: 'new' })
		},
		{ id: 'import', title: 'Import cards', group: 'Library', keys: ['i'], run: chooseFiles },
		{ id: 'find', title: 'Find', group: 'Library', keys: ['/'], run: focusFind },
		{
			id: 'palette',
			title: 'Palette',
			group: 'Window',
			keys: ['mod+k'],
			hidden: true,
			run: () => openDialog({ kind: 'palette' })
		},
		{
			id: 'keys',
			title: 'Keys',
			group: 'Window',
			keys: ['shift+?'],
			run: () => openDialog({ kind: 'keys' })
		},
		{
			id: 'rail',
			title: 'Show or hide the left side',
			group: 'Window',
			keys: ['mod+b'],
			run: () => keep({ rail: !preferences.rail })
		},
		{ id: 'theme', title: 'Change between light and dark', group: 'Window', run: nextTheme },
		{
			id: 'larger',
			title: 'Larger text',
			group: 'Window',
			keys: ['mod+='],
			run: () => largerText(1)
		},
		{ id: 'smaller', title: 'Smaller text', group: 'Window', keys: ['mod+-'], run: () => largerText(-1) },
		{
			id: 'next',
			title: 'Next in the list',
			group: 'Window',
			keys: ['j'],
			hidden: true,
			run: () => moveFocus(1)
		},
		{
			id: 'previous',
			title: 'Previous in the list',
			group: 'Window',
			keys: ['k'],
			hidden: true,
			run: () => moveFocus(-1)
		},
		{ id: 'send-now', title: 'Send what waits now', group: 'Outbox', run: () => void sendNow() }
	];
}

export async function sendNow(): Promise<void> {
	try {
		await host.outboxSendNow();
		say('Asked to send what waits.');
	} catch (thrown) {
		const error = toHostError(thrown);
		sayProblem(error);
	}
}

function focusFind(): void {
	if (!layout.rail) keep({ rail: true });
	requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-find]')?.focus());
}

function nextTheme(): void {
	const dark = getComputedStyle(document.documentElement).colorScheme === 'dark';
	const system = preferences.theme === 'system' && window.matchMedia('(prefers-color-scheme: dark)').matches;
	keep({ theme: dark || system ? 'light' : 'dark' });
}
