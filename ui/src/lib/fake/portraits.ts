// Portraits for tests and pictures: drawn here, two colours and a silhouette.
const looks: Record<string, [sky: string, ground: string, figure: string, sun: string]> = {
	mirelle: ['#d9b48a', '#b0685b', '#2b2320', '#9c3b40'],
	mirelle2: ['#e5c79c', '#a55a4c', '#2b2320', '#c9563f'],
	anselm: ['#a9bba3', '#6b7f64', '#2c3328', '#7a4a36'],
	unit7: ['#9db4cc', '#6783a5', '#1f2a3b', '#e8dba6'],
	oriel: ['#c9bfd6', '#8a7ba3', '#2d2538', '#f0e3c4'],
	tamsin: ['#cfd3b4', '#94a06a', '#2f3320', '#b5533f'],
	ghost: ['#c2c8cb', '#8d979c', '#363c40', '#eef0ea'],
	layla: ['#e3c7a4', '#3f6f73', '#20282c', '#f2e6c9'],
	voss: ['#b7a190', '#7d6250', '#241d18', '#d6b26a']
};

/** A picture for any id, the same each time; ids without a look of their own share one by their letters. */
export function drawnPortrait(hash: string): string {
	const names = Object.keys(looks);
	const sum = [...hash].reduce((total, letter) => total + letter.charCodeAt(0), 0);
	const [sky, ground, figure, sun] = (looks[hash] ?? looks[names[sum % names.length] ?? 'ghost'])!;
	const lean = (sum % 5) * 3 - 6;
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 128"><rect width="96" height="128" fill="${sky}"/>
<circle cx="${66 + lean}" cy="${26 + (sum % 9)}" r="${9 + (sum % 4)}" fill="${sun}"/>
<path d="M0 ${86 + lean} C22 ${72 - lean} 54 ${98 + lean} 96 ${78 - lean} V128 H0Z" fill="${ground}"/>
<path d="M18 128 C18 92 30 82 ${44 + lean / 2} 80 C34 74 32 62 34 54 C37 44 59 44 62 54 C64 62 62 74 53 80 C68 82 78 92 78 128Z" fill="${figure}"/></svg>`;
	return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
