// pool_keeper.hpp - watches over every pool: looks at what threads have counted, asks servers for their health, resolves names again, and
// puts up what it finds (net/pool_board).
//
// Decisions are rules/pool's. A name that cannot be resolved keeps the addresses that it had; one that has none is asked for every few seconds.
// Threads: one of its own, and one that resolves; keep() any. Lifetime: the destructor ends checks under way, and joins.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/counter.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/net/blocking_pool.hpp"
#include "tollgate/net/pool_board.hpp"
#include "tollgate/net/task.hpp"
#include "tollgate/net/timer_wheel.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tollgate {

class pool_keeper {
 public:
    using board_list = std::vector<std::shared_ptr<pool_board>>;
    // `time` and `log` outlive it. `resolve`: blocking; called by its second thread, and by some that it starts. `names_changed`: called by its own
    // where a server has got its first address, or resolves again, or no more.
    pool_keeper(const clock& time, log_sink& log, name_resolver resolve = resolve_server, std::function<void()> names_changed = {});
    ~pool_keeper();
    pool_keeper(const pool_keeper&) = delete;
    pool_keeper& operator=(const pool_keeper&) = delete;

    // These, and no others, from now on.
    void keep(board_list boards);
    // How often its loop has turned. Any thread.
    [[nodiscard]] std::uint64_t beats() const noexcept { return ticks_.get(); }

 private:
    struct check_under_way;
    void each_tick();
    void look(pool_board& board);
    void start_checks(const std::shared_ptr<pool_board>& board);
    task<> check(std::shared_ptr<pool_board> board, std::shared_ptr<pool_member> member);
    void resolve(const std::shared_ptr<pool_board>& board);
    void resolved(pool_board& board, const std::vector<name_answer>& found);
    void say_names(const pool_board& board, const pool_view& before, const pool_view& next);

    const clock& time_;
    log_sink& log_;
    const name_resolver resolve_;
    const std::function<void()> names_changed_;
    loop io_;
    timer_wheel wheel_;
    board_list boards_;
    check_under_way* checks_ = nullptr;  // linked
    counter ticks_;
    bool ending_ = false;
    blocking_pool resolver_;
    std::thread thread_;
};

}  // namespace tollgate
