import { say } from './state/notices.svelte';

/** Copies text and says so; `what` names it in the notice. */
export async function copy(text: string, what: string): Promise<void> {
	if ((await modern(text)) || byHand(text)) say(`${what} copied.`);
	else say(`${what} could not be copied. Select it and copy it by hand.`, {}, 'problem');
}

async function modern(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return false;
	}
}

/** For webviews without the clipboard interface. */
function byHand(text: string): boolean {
	const area = document.createElement('textarea');
	area.value = text;
	area.setAttribute('readonly', '');
	area.className = 'sr-only';
	document.body.append(area);
	area.select();
	const done = document.execCommand('copy');
	area.remove();
	return done;
}
