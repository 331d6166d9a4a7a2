// Short words about what just happened: shown at the foot of the window and read out politely.

export interface Notice {
	id: number;
	text: string;
	kind: 'done' | 'problem';
	action?: { label: string; run: () => void };
}

let count = 0;
const stay = 6000;

export const notices = $state<{ list: Notice[] }>({ list: [] });

export function say(text: string, action?: Notice['action'], kind: Notice['kind'] = 'done'): void {
	const id = (count += 1);
	notices.list = [...notices.list.slice(-2), { id, text, kind, action }];
	setTimeout(() => dismiss(id), action || kind === 'problem' ? stay * 2 : stay);
}

export function dismiss(id: number): void {
	notices.list = notices.list.filter((notice) => notice.id !== id);
}
