// Which versions are picked to be compared: at most two, the draft among them if wished.
import { goto } from '$app/navigation';
import { layout } from './layout.svelte';

const picked = $state<{ character: string; keys: string[] }>({ character: '', keys: [] });

export function pickedOf(character: string): string[] {
	return picked.character === character ? picked.keys : [];
}

/** Picks a version or lets it go; a third one takes the place of the first. The second opens the comparison. */
export function pick(character: string, key: string, open = true): void {
	const now = pickedOf(character);
	const keys = now.includes(key) ? now.filter((one) => one !== key) : [...now, key].slice(-2);
	picked.character = character;
	picked.keys = keys;
	if (open && keys.length === 2 && !now.includes(key)) compare(character, keys[0]!, keys[1]!);
}

export function letGo(): void {
	picked.keys = [];
}

/** Opens the comparison, the older first: the order of the timeline is newest first, the draft newest of all. */
export function compare(character: string, a: string, b: string, order: string[] = orderOf(character)): void {
	const at = (key: string) => (key === 'draft' ? -1 : order.indexOf(key));
	const [older, newer] = at(a) >= at(b) ? [a, b] : [b, a];
	picked.character = character;
	picked.keys = [older, newer];
	layout.drawer = false;
	void goto(`/character/${character}/compare?a=${older}&b=${newer}`);
}

const orders = new Map<string, string[]>();

/** The timeline tells the order of its releases, newest first. */
export function tellOrder(character: string, releases: string[]): void {
	orders.set(character, releases);
}

function orderOf(character: string): string[] {
	return orders.get(character) ?? [];
}
