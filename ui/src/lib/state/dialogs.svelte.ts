// Which dialog is open. One at a time: a dialog never opens over another.
import type { ReleaseNode, VersionRef } from '../bindings';

export type Dialog =
	| { kind: 'new' }
	| { kind: 'import'; files: File[]; sample?: string }
	| { kind: 'publish'; character: string }
	| { kind: 'revoke' | 'deprecate' | 'promote'; character: string; release: ReleaseNode }
	| { kind: 'verify'; character: string }
	| { kind: 'resolve'; character: string; channel?: string }
	| { kind: 'export'; character: string; version: VersionRef; title: string }
	| { kind: 'palette' }
	| { kind: 'keys' };

export const dialogs = $state<{ open: Dialog | null }>({ open: null });

export function openDialog(dialog: Dialog): void {
	dialogs.open = dialog;
}

export function closeDialog(): void {
	dialogs.open = null;
}
