// Situations the in-memory host can be in, chosen by `?scene=` in the address; several are joined with a comma.
export type Scene =
	| 'empty'
	| 'loading'
	| 'failing'
	| 'partial'
	| 'offline'
	| 'starting'
	| 'signed-out'
	| 'long'
	| 'rtl'
	| 'full'
	| 'recovered'
	| 'conflict'
	| 'needs-you'
	| 'overtaken'
	| 'alarm'
	| 'session-only'
	| 'no-role'
	| 'new';

export function scenesOf(url: URL): Set<Scene> {
	return new Set((url.searchParams.get('scene') ?? '').split(',').filter(Boolean) as Scene[]);
}
