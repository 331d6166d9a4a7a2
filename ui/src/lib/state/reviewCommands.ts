// The commands of a review that is open.
import { goto } from '$app/navigation';
import type { Review } from '../types';
import { host } from '../host';
import type { Command } from './commands.svelte';
import { openDialog } from './dialogs.svelte';
import { reviews } from './queries';
import { ask } from './releaseActions';

/** `review` is what stands on the screen; `whyNot` says why it cannot be decided now. */
export function reviewCommands(review: () => Review | undefined, whyNot: () => string | null): Command[] {
	return [
		{
			id: 'approve',
			title: 'Approve',
			group: 'Review',
			keys: ['a'],
			whyNot,
			run: () => void approve(review())
		},
		{
			id: 'reject',
			title: 'Reject',
			group: 'Review',
			keys: ['r'],
			whyNot,
			run: () => {
				const it = review();
				if (it) openDialog({ kind: 'reject', review: it });
			}
		},
		{
			id: 'back-to-reviews',
			title: 'Back to the reviews',
			group: 'Review',
			keys: ['Escape'],
			run: () => void goto('/reviews')
		}
	];
}

let asking = false;

/** Says yes to the stage that stands on the screen, once however often it is pressed. */
async function approve(review: Review | undefined): Promise<void> {
	if (!review || asking) return;
	asking = true;
	// What stands on the screen was not what waits: it is read again.
	if (!(await ask(host.approve(review.release, review.next)))) reviews().invalidate();
	asking = false;
}
