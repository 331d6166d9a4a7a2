import type { VersionRef } from './types';

/** `draft` or the release's id: how a version stands in an address. */
export function versionKey(version: VersionRef): string {
	return version.kind === 'draft' ? 'draft' : version.release;
}

export function versionOf(key: string): VersionRef {
	return key === 'draft' ? { kind: 'draft' } : { kind: 'release', release: key };
}
