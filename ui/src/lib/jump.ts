import { goto } from '$app/navigation';
import { tick } from 'svelte';
import { fieldOf } from './paths';

/** Goes to a field of the editor and puts the caret there. `path` may be a path in the card; its field is what counts. */
export async function jumpTo(character: string, path: string): Promise<void> {
	const key = fieldOf(path);
	const here = `/character/${character}`;
	if (window.location.pathname !== here) await goto(here);
	await tick();
	document.querySelector<HTMLElement>('[data-testid="tab-write"][data-state="inactive"]')?.click();
	await tick();
	const section = document.getElementById(`field-${key}`);
	section?.scrollIntoView({ block: 'center' });
	const input = section?.querySelector<HTMLElement>('textarea, input, button');
	input?.focus({ preventScroll: true });
}
