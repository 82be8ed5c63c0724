// The operators' console.
import { Mark } from './parts/mark';
import { SignIn } from './SignIn';
import { start } from './start';

start(
    <SignIn
        mark={<Mark />}
        name="User name"
        about="The console of this gateway is for its operators."
        hint={
            <>
                No account yet? On the gateway’s machine: <code>tollgate user add --api tollgate --role owner</code>
            </>
        }
    />,
    () => import('./Console'),
);
