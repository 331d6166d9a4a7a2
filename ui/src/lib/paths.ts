/** The field of the editor that a path in the card belongs to: `data.tags[2]`, `/data/tags/2` and `tags` are all `tags`. */
export function fieldOf(path: string): string {
	const parts = path.split(/[./[\]]/).filter((part) => part !== '' && part !== '$' && part !== 'card');
	return (parts[0] === 'data' ? parts[1] : parts[0]) ?? path;
}
