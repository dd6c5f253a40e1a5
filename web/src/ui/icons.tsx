// Line icons, drawn here; none says anything that words beside it do not.
const paths = {
  key: 'M9.5 12.5a4 4 0 1 1 2-1.2L19 19m-4-4 2-2',
  copy: 'M8 8V5h11v11h-3M5 8h11v11H5z',
  check: 'M5 12.5 10 17 19 7',
  more: 'M12 5.5v.01M12 12v.01M12 18.5v.01',
  plus: 'M12 5v14M5 12h14',
  chevron: 'm7 10 5 5 5-5',
  up: 'm7 14 5-5 5 5',
  minus: 'M6 12h12',
  close: 'm7 7 10 10M17 7 7 17',
  list: 'M4 6h16M4 12h16M4 18h16',
  tag: 'M4 4h8l8 8-8 8-8-8zM8.500 8.500v.01',
  info: 'M12 11v6M12 7.5v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z',
  warning: 'M12 9v4.5M12 17v.01M12 3.5 2.5 20h19z',
  clock: 'M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z',
  search: 'm20 20-4.5-4.5M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12z',
  sliders: 'M4 8h9m4 0h3M4 16h3m4 0h9M15 6v4M9 14v4',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5',
  grid: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  refresh: 'M19 8a8 8 0 1 0 1 6M19 3v5h-5',
  plug: 'M9 3v5M15 3v5M6.5 8h11v3a5.5 5.5 0 0 1-11 0zM12 16.500V21',
  message: 'M4 5h16v11H9l-5 4z',
  shield: 'M12 3 5 6v5c0 4.5 3 8 7 10 4-2 7-5.5 7-10V6z',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.700l1-1',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

// The mark of Latchkey.
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <circle cx="12" cy="12.5" r="5" />
      <path d="M15.6 16.1 24 24.500M20.2 20.700l3-3" />
    </svg>
  );
}
