/** Line icons on a 16 px grid, drawn for this page. */
const PATHS = {
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  close: 'M4 4l8 8M12 4l-8 8',
  previous: 'M10 3L5 8l5 5',
  next: 'M6 3l5 5-5 5',
  play: 'M5 3v10l8-5z',
  pause: 'M5.5 3v10M10.5 3v10',
  stop: 'M4 4h8v8H4z',
  star: 'M8 2l1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5z',
  trash: 'M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5',
  save: 'M8 2v8M5 7l3 3 3-3M3 13h10',
  share: 'M6.5 9.5l3-3M7 5l1.5-1.5a2.8 2.8 0 014 4L11 9M9 11l-1.5 1.5a2.8 2.8 0 01-4-4L5 7',
  light:
    'M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M13 3l-1.1 1.1M4.1 11.9L3 13',
  dark: 'M13 9.5A5.5 5.5 0 016.5 3a5.5 5.5 0 106.5 6.5z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  add: 'M8 3v10M3 8h10',
  split: 'M2 3h5v10H2zM9 3h5v10H9z',
  camera: 'M2 5h3l1-1.5h4L11 5h3v8H2zM8 6.7a2.2 2.2 0 100 4.4 2.2 2.2 0 000-4.4z',
  bell: 'M4 11.5h8l-1-1.8V7a3 3 0 00-6 0v2.7zM7 13.5h2',
  'bell-off': 'M4 11.5h8l-1-1.8V7a3 3 0 00-6 0v2.7zM7 13.5h2M2.5 2.5l11 11',
  menu: 'M3 4.5h10M3 8h10M3 11.5h10',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled }: { name: IconName; filled?: boolean }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      aria-hidden
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
