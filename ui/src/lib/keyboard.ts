import { matchKeyBindingPress, parseKeybinding } from 'tinykeys';
import { preferences } from './state/preferences.svelte';
import { registry } from './state/commands.svelte';

let overlay = false;

/**
 * Notes whether something lies over the window, before any other listener sees the key: Escape may have closed it
 * by the time `onKey` is asked.
 */
export function onKeyFirst(): void {
	overlay = document.querySelector('[role="dialog"],[role="menu"]') !== null;
}

/** Runs the command whose key was pressed. Keys without a modifier rest while text is typed or a dialog is open. */
export function onKey(event: KeyboardEvent): void {
	if (event.defaultPrevented || event.isComposing) return;
	const typing = isText(event.target);
	for (const command of registry.commands) {
		for (const key of command.keys ?? []) {
			const press = parseKeybinding(binding(key))[0];
			if (!press || !matchKeyBindingPress(event, press)) continue;
			const single = !key.includes('mod+');
			if (overlay || (single && (typing || !preferences.singleKeys))) continue;
			if (typing && command.leavesText?.(event.target as HTMLElement)) continue;
			event.preventDefault();
			registry.run(command.id);
			return;
		}
	}
}

/** `mod+shift+z` as tinykeys writes it. */
function binding(key: string): string {
	return key.replace('mod', '$mod').replace('shift', 'Shift');
}

const mac = typeof navigator !== 'undefined' && /Mac/.test(navigator.platform);

/** A key as it is printed: `Ctrl K`, `⌘ K`, `?`. */
export function keyWords(key: string): string[] {
	return key.split('+').map((part) => {
		if (part === 'mod') return mac ? '⌘' : 'Ctrl';
		if (part === 'shift') return mac ? '⇧' : 'Shift';
		return part.length === 1 ? part.toUpperCase() : part;
	});
}

function isText(target: EventTarget | null): boolean {
	if (!(target instanceof HTMLElement)) return false;
	if (
		target.isContentEditable ||
		target instanceof HTMLTextAreaElement ||
		target instanceof HTMLSelectElement
	)
		return true;
	return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'file'].includes(target.type);
}

/** Moves the focus to the next or last thing that can be gone through in this view (`data-move`). */
export function moveFocus(by: 1 | -1): void {
	const all = [...document.querySelectorAll<HTMLElement>('[data-move]')].filter(
		(one) => one.offsetParent !== null
	);
	if (all.length === 0) return;
	const here = all.findIndex((one) => one === document.activeElement || one.contains(document.activeElement));
	const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by));
	all[next]?.focus();
	all[next]?.scrollIntoView({ block: 'nearest' });
}
