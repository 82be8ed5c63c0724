// What the gateway, or somebody's API, shows itself by.
export function Mark() {
    return (
        <span className="mark">
            <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
                <rect width="32" height="32" rx="8" fill="var(--accent)" />
                <path d="M8 24V11m16 13V11M6 12h20M12 12v6m4-6v6m4-6v6" stroke="#fff" strokeWidth="2.4" strokeLinecap="round" fill="none" />
            </svg>
            <span>Tollgate</span>
        </span>
    );
}

export function Brand({ title }: { title: string }) {
    return (
        <span className="mark">
            <span className="brand" aria-hidden="true">
                {title.charAt(0).toUpperCase()}
            </span>
            <span>{title}</span>
        </span>
    );
}
