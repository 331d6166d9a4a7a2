declare global {
	/** True only in builds for tests and pictures (`--mode fake`) and in Vitest. */
	const __FAKE_HOST__: boolean;
}

export {};
