// Line icons of 24 x 24; decoration, never the only sign of anything.
import type { ReactNode } from 'react';

const icon = (path: ReactNode) => {
    const Icon = ({ size = 18 }: { size?: number }) => (
        <svg
            width={size}
            height={size}
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.7"
            strokeLinecap="round"
            strokeLinejoin="round"
            aria-hidden="true"
            focusable="false"
        >
            {path}
        </svg>
    );
    return Icon;
};

export const KeyIcon = icon(
    <path d="M14.5 9.5a4.5 4.5 0 1 0-3.6 4.4L12.5 15.5H15v2.5h2.5V20.5H21v-3.6l-6.7-6.6c.1-.3.2-.5.2-.8ZM8.5 8.5h.01" />,
);
export const GaugeIcon = icon(<path d="M4 19a9 9 0 1 1 16 0M12 15l4-5M12 15a1.5 1.5 0 1 0 .01 0" />);
export const RouteIcon = icon(<path d="M6 19a2 2 0 1 0 0-.01M18 5a2 2 0 1 0 0-.01M8 19h7a4 4 0 0 0 0-8H9a3 3 0 0 1 0-6h7" />);
export const PeopleIcon = icon(
    <path d="M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.8" />,
);
export const ActorIcon = icon(<path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 11-6.6M16 19l2 2 4-4" />);
export const AppIcon = icon(<path d="M4 5h16v14H4zM4 9.5h16M7 7.3h.01M10 7.3h.01M8.5 13l-2 1.7 2 1.8M13 17l2-4.5" />);
export const BookIcon = icon(<path d="M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3V4ZM5 17a3 3 0 0 1 3-3h11M9 8h6" />);
export const SearchIcon = icon(<path d="M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4" />);
export const DotsIcon = icon(<path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth="2.6" />);
export const PenIcon = icon(<path d="M4 20h4L19 9a2.1 2.1 0 0 0-4-4L4 16v4ZM13.5 6.5l4 4" />);
export const SunIcon = icon(
    <path d="M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2.5M12 19.5V22M4.2 4.2 6 6M18 18l1.8 1.8M2 12h2.5M19.5 12H22M4.2 19.8 6 18M18 6l1.8-1.8" />,
);
export const MoonIcon = icon(<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z" />);
export const CopyIcon = icon(<path d="M9 9h11v11H9zM5 15H4V4h11v1" />);
export const CheckIcon = icon(<path d="m5 12.5 4.5 4.5L19 7.5" />);
export const ShieldIcon = icon(<path d="M12 3 5 6v5.5c0 4.3 2.9 7.7 7 9.5 4.1-1.8 7-5.2 7-9.5V6l-7-3ZM9 12l2.2 2.2L15.2 10" />);
export const WarnIcon = icon(<path d="M12 4 2.5 20h19L12 4ZM12 10v4.5M12 17.3h.01" />);
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const BackIcon = icon(<path d="m14 6-6 6 6 6" />);
export const ChevronIcon = icon(<path d="m9 6 6 6-6 6" />);
