// What the gateway, or somebody's API, shows itself by.
import icon from '../icon.svg';

export function Mark() {
    return (
        <span className="mark">
            <img src={icon} width="24" height="24" alt="" />
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
