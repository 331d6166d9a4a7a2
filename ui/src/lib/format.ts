// Times in the person's zone, numbers with their unit. `now` is passed in wherever a test needs it.

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const number = new Intl.NumberFormat('en-GB');

/** `14:02` */
export function clockTime(at: string): string {
	return clock.format(new Date(at));
}

/** `14:02` today, `12 Sep 09:41` this year, `12 Sep 2024 09:41` before. */
export function moment(at: string, now = new Date()): string {
	const date = new Date(at);
	if (date.toDateString() === now.toDateString()) return clock.format(date);
	const dated = (date.getFullYear() === now.getFullYear() ? day : dayOfYear).format(date);
	return `${dated} ${clock.format(date)}`;
}

/** `2026-11-21 14:02:31 UTC`, for hovering. */
export function utc(at: string): string {
	return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const steps: [seconds: number, one: string, many: string][] = [
	[365 * 86_400, 'year', 'years'],
	[30 * 86_400, 'month', 'months'],
	[7 * 86_400, 'week', 'weeks'],
	[86_400, 'day', 'days'],
	[3_600, 'hour', 'hours'],
	[60, 'min', 'min']
];

/** `now`, `5 min`, `2 days`, `3 weeks`; for a time to come `in 40 s`. */
export function ago(at: string, now = new Date()): string {
	const seconds = Math.round((now.getTime() - new Date(at).getTime()) / 1000);
	if (seconds < -1) return `in ${span(-seconds)}`;
	return seconds < 60 ? 'now' : span(seconds);
}

function span(seconds: number): string {
	for (const [size, one, many] of steps) {
		const count = Math.floor(seconds / size);
		if (count >= 1) return `${count} ${count === 1 ? one : many}`;
	}
	return `${seconds} s`;
}

/** `1,204 tokens` */
export function tokens(count: number): string {
	return counted(count, 'token', 'tokens');
}

/** `1 change`, `3 changes` */
export function counted(count: number, one: string, many: string): string {
	return `${number.format(count)} ${count === 1 ? one : many}`;
}

/** The first eight digits of a hash, as people quote it. */
export function shortHash(hash: string): string {
	return hash.replace(/^sha256:/, '').slice(0, 8);
}

/** The first line of the notes that says something. */
export function firstLine(text: string | null): string | null {
	return (
		text
			?.split('\n')
			.map((line) => line.trim())
			.find((line) => line !== '') ?? null
	);
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: string[]): string {
	if (words.length < 2) return words.join('');
	return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
