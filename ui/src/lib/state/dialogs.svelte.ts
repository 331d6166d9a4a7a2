// Which dialog is open. One at a time: a dialog never opens over another.
import type { ReleaseNode, Review, TakenIn, VersionRef } from '../types';

export type Dialog =
	| { kind: 'new' }
	| { kind: 'import'; files: File[]; sample?: string }
	| { kind: 'publish'; character: string }
	| { kind: 'revoke' | 'deprecate' | 'promote' | 'withdraw'; character: string; release: ReleaseNode }
	| { kind: 'reject'; review: Review }
	| { kind: 'taken-in'; character: string; taken?: TakenIn }
	| { kind: 'verify'; character: string }
	| { kind: 'resolve'; character: string; channel?: string }
	| { kind: 'export'; character: string; version: VersionRef; title: string }
	| { kind: 'palette' }
	| { kind: 'keys' };

let open = $state.raw<Dialog | null>(null);

export const dialogs = {
	get open() {
		return open;
	}
};

export function openDialog(dialog: Dialog): void {
	open = dialog;
}

export function closeDialog(): void {
	open = null;
}
