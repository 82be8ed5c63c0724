// accounts.hpp - what the management API signs people in with.
//
// Lifetime: what it points to outlives the operations. nullptr: this gateway has none of it, and what needs it is refused as unavailable.
#pragma once

namespace tollgate {

class sign_in;
class session_book;

struct accounts {
    class sign_in* sign_ins = nullptr;
    session_book* sessions = nullptr;
    bool sealed = false;  // whether there is a master key to seal second factors with
};

}  // namespace tollgate
