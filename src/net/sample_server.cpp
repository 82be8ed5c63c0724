#include "tollgate/net/sample_server.hpp"

#include "tollgate/codec/chunked.hpp"
#include "tollgate/codec/http_guard.hpp"
#include "tollgate/net/acceptor.hpp"
#include "tollgate/net/listening.hpp"
#include "tollgate/net/spawn.hpp"
#include "tollgate/net/stream.hpp"
#include "tollgate/net/task.hpp"

#include <array>
#include <thread>

namespace tollgate {
namespace {

// Takes what it can of `head`'s body from the front of `bytes`. True: the body is whole.
bool take_body(const request_head& head, chunk_reader& chunks, std::string& bytes, std::string& body) {
    if (head.body == body_kind::none) return true;
    if (head.body == body_kind::length) {
        const auto n = std::min<std::size_t>(bytes.size(), head.content_length - body.size());
        body.append(bytes, 0, n);
        bytes.erase(0, n);
        return body.size() == head.content_length;
    }
    for (;;) {
        const auto out = chunks.feed(bytes);
        body += out.data;
        const auto what = out.what;
        bytes.erase(0, out.consumed);
        if (what != chunk_reader::step::data) return what == chunk_reader::step::done;
    }
}

}  // namespace

struct sample_server::impl {
    explicit impl(answer_function a) : answer(std::move(a)) {}

    task<> accept() {
        for (;;) {
            int socket = -1;
            const auto [ec, none] = co_await listener->accept(socket);
            if (ec) co_return;
            spawn(io, serve(socket, ++connections));
        }
    }

    task<> serve(int socket, std::uint64_t number) {
        stream to(io, wheel, socket);
        const auto head = std::make_unique<request_head>();
        const auto part = std::make_unique<std::array<char, 16384>>();
        std::string bytes;
        for (;;) {
            sample_request request;
            request.connection = number;
            std::size_t scanned = 0;
            head_error why{};
            head_status status = head_status::need_more;
            chunk_reader chunks;
            bool whole = false;
            while (!whole) {
                if (status != head_status::complete) {
                    status = read_request_head(bytes, scanned, {}, *head, why);
                    if (status == head_status::refused) co_return;
                    if (status == head_status::complete) {
                        request.method = head->method;
                        request.target = head->target;
                        for (const auto& f : *head) request.headers.emplace_back(f.name, f.value);
                        bytes.erase(0, head->head_bytes);
                    }
                }
                whole = status == head_status::complete && take_body(*head, chunks, bytes, request.body);
                if (whole) break;
                const auto [ec, n] = co_await to.read_some(part->data(), part->size());
                if (ec) co_return;
                bytes.append(part->data(), n);
            }
            const std::string body = answer(request);
            std::string text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
            if (request.method != "HEAD") text += body;
            iovec out{text.data(), text.size()};
            const error_code sent = co_await to.write(std::span(&out, 1));
            if (sent) co_return;
        }
    }

    answer_function answer;
    loop io;
    timer_wheel wheel{io};
    std::unique_ptr<acceptor> listener;
    std::string address;
    std::uint64_t connections = 0;
    std::thread thread;
};

sample_server::sample_server(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

sample_server::~sample_server() {
    impl_->io.stop();
    impl_->thread.join();
}

const std::string& sample_server::address() const noexcept { return impl_->address; }

result<std::unique_ptr<sample_server>> sample_server::start(answer_function answer) {
    auto bound = listen_tcp("127.0.0.1", 0, 1);
    if (!bound) return bound.error();
    auto made = std::make_unique<impl>(std::move(answer));
    made->address = bound->address;
    made->listener = std::make_unique<acceptor>(made->io, bound->descriptors.front());
    impl& i = *made;
    spawn(i.io, i.accept());
    i.thread = std::thread([&i] { i.io.run(); });
    return std::unique_ptr<sample_server>(new sample_server(std::move(made)));
}

}  // namespace tollgate
