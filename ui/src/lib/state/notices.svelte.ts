// A short word about what just happened. One at a time, in the status line, where it covers nothing; the state itself is
// always shown elsewhere, so nobody has to have read it.
import type { OutboxEntry } from '../types';

export interface Notice {
	id: number;
	text: string;
	kind: 'done' | 'problem';
	action?: { label: string; run: () => void };
	/** The request it speaks of: once that is answered, the notice says the answer. */
	entry?: string;
}

let count = 0;
/** How long it stays, in milliseconds. */
const stay = 6000;

export const notices = $state<{ now: Notice | null }>({ now: null });

/** Says something in the place of what was said before. */
export function say(
	text: string,
	more: Pick<Notice, 'action' | 'entry'> = {},
	kind: Notice['kind'] = 'done'
): void {
	const id = (count += 1);
	notices.now = { id, text, kind, ...more };
	setTimeout(() => dismiss(id), more.action || kind === 'problem' ? stay * 2 : stay);
}

/** Says that something was not done, why, and what to do. */
export function sayProblem(error: { message: string; hints: string[] }): void {
	say([error.message, ...error.hints].join(' '), {}, 'problem');
}

export function dismiss(id: number): void {
	if (notices.now?.id === id) notices.now = null;
}

/** The outbox has changed: a notice about a request that is answered says the answer, and one that needs the person
 * gives way to the line that says so. */
export function follow(entries: OutboxEntry[]): void {
	const now = notices.now;
	const entry = now?.entry && entries.find((one) => one.key === now.entry);
	if (!now || !entry) return;
	if (entry.state === 'needs_you') dismiss(now.id);
	else if (entry.state === 'settled' && entry.outcome && now.text !== entry.outcome) {
		notices.now = { ...now, text: entry.outcome };
	}
}
