// What this window remembers about itself, on this device only. Never anything of a character.

export type Theme = 'system' | 'light' | 'dark';

interface Kept {
	theme: Theme;
	textSize: number;
	rail: boolean;
	timeline: boolean;
	library: 'grid' | 'table';
	diff: 'unified' | 'split';
	singleKeys: boolean;
	recent: string[];
}

const initial: Kept = {
	theme: 'system',
	textSize: 100,
	rail: true,
	timeline: true,
	library: 'grid',
	diff: 'unified',
	singleKeys: true,
	recent: []
};

const place = 'dramatis.window';

export const textSizes = [100, 115, 130, 150, 175, 200];

/** The window's own settings; `keep` writes them. */
export const preferences = $state<Kept>({ ...initial, ...read() });

export function keep(change: Partial<Kept>): void {
	Object.assign(preferences, change);
	try {
		localStorage.setItem(place, JSON.stringify(preferences));
	} catch {
		// A window that cannot remember its look still works.
	}
	apply();
}

/** Puts theme and text size on the page. */
export function apply(): void {
	const root = document.documentElement;
	if (preferences.theme === 'system') delete root.dataset.theme;
	else root.dataset.theme = preferences.theme;
	root.style.fontSize = preferences.textSize === 100 ? '' : `${preferences.textSize}%`;
}

export function largerText(by: 1 | -1): void {
	const at = textSizes.indexOf(preferences.textSize);
	const next = textSizes[Math.min(textSizes.length - 1, Math.max(0, (at < 0 ? 0 : at) + by))];
	keep({ textSize: next ?? 100 });
}

/** Puts a character at the head of the recent ones. */
export function visited(character: string): void {
	if (preferences.recent[0] === character) return;
	keep({ recent: [character, ...preferences.recent.filter((id) => id !== character)].slice(0, 5) });
}

function read(): Partial<Kept> {
	try {
		const text = localStorage.getItem(place);
		const found: unknown = text ? JSON.parse(text) : {};
		if (!found || typeof found !== 'object') return {};
		const kinds = Object.entries(found).filter(
			([key, value]) => key in initial && typeof value === typeof initial[key as keyof Kept]
		);
		return Object.fromEntries(kinds) as Partial<Kept>;
	} catch {
		return {};
	}
}
