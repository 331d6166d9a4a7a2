// What is typed into Find, and which filters are on: kept while the window is open.
import type { CharacterSummary } from '../types';

export type Filter = 'all' | 'unpublished' | 'never' | 'published' | 'attention';

export const find = $state<{ text: string; filter: Filter; tag: string | null }>({
	text: '',
	filter: 'all',
	tag: null
});

/** Those that match every word of the text, the filter and the tag; newest first. */
export function matching(
	characters: CharacterSummary[],
	text: string,
	filter: Filter,
	tag: string | null
): CharacterSummary[] {
	const words = fold(text).split(/\s+/).filter(Boolean);
	return characters
		.filter((one) => fits(one, filter) && (tag === null || one.tags.includes(tag)))
		.filter((one) => {
			const hay = fold([one.name, one.slug, one.creator ?? '', ...one.tags, one.excerpt].join(' '));
			return words.every((word) => hay.includes(word));
		})
		.sort((a, b) => b.updated_at.localeCompare(a.updated_at));
}

export function fits(one: CharacterSummary, filter: Filter): boolean {
	switch (filter) {
		case 'all':
			return true;
		case 'unpublished':
			return one.unpublished_changes;
		case 'never':
			return one.latest === null;
		case 'published':
			return one.latest?.state === 'published';
		case 'attention':
			return one.needs_you > 0 || one.waiting > 0;
	}
}

/** The tags of these characters, the commonest first. */
export function tagsOf(characters: CharacterSummary[]): string[] {
	const counts = new Map<string, number>();
	for (const one of characters) for (const tag of one.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
	return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([tag]) => tag);
}

/** Without case and accents, so that “Ana” finds “Aña”. */
function fold(text: string): string {
	return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
