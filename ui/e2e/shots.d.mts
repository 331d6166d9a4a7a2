import type { Page } from '@playwright/test';

export interface Shot {
	name: string;
	path: string;
	sizes?: [width: number, height: number][];
	themes?: ('light' | 'dark')[];
	kept?: Record<string, unknown>;
	act?: (page: Page) => Promise<unknown>;
}

export const shots: Shot[];
