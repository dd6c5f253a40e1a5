#include "api/http/parser.h"

#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "api/http/limits.h"
#include "core/crypto/wiping.h"

namespace latchkey::api {
namespace {

namespace http = boost::beast::http;
using BeastView = boost::beast::string_view;
using BeastError = boost::beast::error_code;

constexpr std::string_view kLastChunk = "0\r\n\r\n";

Method MethodOf(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::kGet;
    case http::verb::head:
      return Method::kHead;
    case http::verb::put:
      return Method::kPut;
    case http::verb::post:
      return Method::kPost;
    case http::verb::patch:
      return Method::kPatch;
    case http::verb::delete_:
      return Method::kDelete;
    default:
      return Method::kOther;
  }
}

}  // namespace

// Beast calls this with each part of the request. Trailers go through on_field_impl as well, hence
// `in_header`: a trailer must not pass for an Authorization.
class HttpParser::Reader final {
 public:
  class Parser final : public http::basic_parser<true> {
   public:
    explicit Parser(HttpRequest* request) : request_(*request) {
      header_limit(limits::kMaxHeaderBytes);
      body_limit(limits::kMaxBodyBytes);
    }
    // What is given next; the fields that come out of it are views into it.
    void Expect(std::string_view raw) { raw_ = raw; }
    bool whole_header() const { return !in_header_; }
    // A field that must not stand twice did, or the body's end is not told in a way we take.
    const char* complaint() const { return complaint_; }

   private:
    void on_request_impl(http::verb verb, BeastView, BeastView target, int version,
                         BeastError&) override {
      request_.method = MethodOf(verb);
      request_.target.assign(target.data(), target.size());
      request_.http_1_1 = version == 11;
    }
    void on_response_impl(int, BeastView, int, BeastError&) override {}
    void on_field_impl(http::field name, BeastView text, BeastView value,
                       BeastError& error) override {
      if (IsFolded(text)) {
        error = http::error::bad_obs_fold;
      } else if (in_header_) {
        Field(name, text, value);
      }
    }
    void on_header_impl(BeastError&) override {
      in_header_ = false;
      request_.keep_alive = keep_alive();
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, BeastError&) override {
      if (length) request_.body.reserve(*length);
    }
    std::size_t on_body_impl(BeastView body, BeastError&) override {
      request_.body.append(body.data(), body.size());
      return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, BeastView, BeastError&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, BeastError&) override {
      crypto::AppendWiping(&request_.body, {body.data(), body.size()});
      return body.size();
    }
    void on_finish_impl(BeastError&) override {}

    void Once(BeastView value, bool* seen, std::string* into, const char* complaint) {
      if (*seen) complaint_ = complaint;
      *seen = true;
      into->assign(value.data(), value.size());
    }
    // Whether the line behind the one that begins with this name goes on with it. Beast joins such
    // lines; what stands in front of us may not, and then reads another request than we do.
    bool IsFolded(BeastView name) const {
      const std::string_view rest =
          raw_.substr(static_cast<std::size_t>(name.data() - raw_.data()));
      const std::size_t end = rest.find('\n');
      if (end == std::string_view::npos || end + 1 == rest.size()) return false;
      return rest[end + 1] == ' ' || rest[end + 1] == '\t';
    }
    static void Join(BeastView value, const char* separator, std::string* into) {
      if (!into->empty()) into->append(separator);
      into->append(value.data(), value.size());
    }
    void Field(http::field name, BeastView text, BeastView value);

    HttpRequest& request_;
    std::string_view raw_;
    bool in_header_ = true;
    bool has_length_ = false;
    const char* complaint_ = nullptr;
  };

  std::optional<Parser> parser;
};

void HttpParser::Reader::Parser::Field(http::field name, BeastView text, BeastView value) {
  switch (name) {
    case http::field::authorization:
      Once(value, &request_.has_authorization, &request_.authorization,
           "Duplicate Authorization header.");
      break;
    case http::field::content_type:
      Once(value, &request_.has_content_type, &request_.content_type,
           "Duplicate Content-Type header.");
      break;
    case http::field::content_encoding:
      Join(value, ",", &request_.content_encoding);
      break;
    case http::field::host:
      Once(value, &request_.has_host, &request_.host, "Duplicate Host header.");
      break;
    case http::field::origin:
      Once(value, &request_.has_origin, &request_.origin, "Duplicate Origin header.");
      break;
    case http::field::sec_fetch_site:
      Once(value, &request_.has_sec_fetch_site, &request_.sec_fetch_site,
           "Duplicate Sec-Fetch-Site header.");
      break;
    case http::field::user_agent:
      Join(value, " ", &request_.user_agent);
      break;
    case http::field::cookie:
      Join(value, "; ", &request_.cookie);
      break;
    case http::field::accept:
      Join(value, ",", &request_.accept);
      break;
    case http::field::accept_encoding:
      Join(value, ",", &request_.accept_encoding);
      break;
    case http::field::if_none_match:
      Join(value, ",", &request_.if_none_match);
      break;
    case http::field::expect:
      request_.expects_continue = boost::beast::iequals(value, "100-continue");
      break;
    case http::field::if_match:
      if (request_.has_if_match) request_.if_match += ",";
      request_.has_if_match = true;
      request_.if_match.append(value.data(), value.size());
      break;
    case http::field::content_length:
      // Beast takes equal numbers as one.
      if (has_length_ || value.find(',') != BeastView::npos) {
        complaint_ = "Content-Length must be one number, once.";
      }
      has_length_ = true;
      break;
    case http::field::transfer_encoding:
      if (!request_.http_1_1) {
        complaint_ = "HTTP/1.0 has no Transfer-Encoding; send HTTP/1.1 or a Content-Length.";
      } else if (!boost::beast::iequals(value, "chunked")) {
        complaint_ = "The only supported Transfer-Encoding is chunked.";
      }
      break;
    case http::field::unknown:
      if (boost::beast::iequals(text, "Idempotency-Key")) {
        Once(value, &request_.has_idempotency_key, &request_.idempotency_key,
             "Duplicate Idempotency-Key header.");
      } else if (boost::beast::iequals(text, "Last-Event-ID")) {
        request_.last_event_id.assign(value.data(), value.size());
      } else if (boost::beast::iequals(text, "X-CSRF-Token")) {
        Once(value, &request_.has_csrf_token, &request_.csrf_token,
             "Duplicate X-CSRF-Token header.");
      } else if (boost::beast::iequals(text, "X-Forwarded-For")) {
        if (!request_.forwarded_for.empty()) request_.forwarded_for += ",";
        request_.forwarded_for.append(value.data(), value.size());
      }
      break;
    default:
      break;
  }
}

HttpParser::HttpParser() : reader_(std::make_unique<Reader>()) {}
HttpParser::~HttpParser() = default;

void HttpParser::Begin(HttpRequest* request) {
  request_ = request;
  reader_->parser.emplace(request);
  state_ = State::kHeader;
  header_bytes_ = 0;
}

void HttpParser::Fail(ErrorCode code, std::string_view detail) {
  state_ = State::kFailed;
  error_ = {code, std::string(detail), {}};
}

std::size_t HttpParser::Feed(std::string_view data) {
  Reader::Parser& parser = *reader_->parser;
  std::size_t taken = 0;
  while (state_ == State::kHeader || state_ == State::kBody) {
    BeastError error;
    const std::string_view rest = data.substr(taken);
    // Beast asserts that a last chunk which it has seen in part is whole when it comes again.
    if (state_ == State::kBody && parser.chunked() && rest.size() < kLastChunk.size() &&
        rest.starts_with("0\r\n")) {
      return taken;
    }
    parser.Expect(rest);
    const std::size_t used = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    taken += used;
    if (state_ == State::kHeader) header_bytes_ += used;
    const std::size_t left = data.size() - taken;
    if (error == http::error::need_more) {
      const std::size_t bound = state_ == State::kHeader ? limits::kMaxHeaderBytes - header_bytes_
                                                         : limits::kMaxHeaderBytes;
      if (header_bytes_ > limits::kMaxHeaderBytes || left > bound) {
        Fail(ErrorCode::kHeadersTooLarge, "The request line and headers may have at most 16 KiB.");
      }
      return taken;
    }
    if (error == http::error::header_limit) {
      Fail(ErrorCode::kHeadersTooLarge, "The request line and headers may have at most 16 KiB.");
    } else if (error == http::error::body_limit) {
      Fail(ErrorCode::kTooLarge, "The body of a request may have at most 64 KiB.");
    } else if (error == http::error::bad_obs_fold) {
      Fail(ErrorCode::kRequestMalformed, "A header field must be on one line.");
    } else if (error) {
      Fail(ErrorCode::kRequestMalformed, "This is not a valid HTTP/1.1 request.");
    }
    if (state_ == State::kFailed) return taken;
    if (state_ == State::kHeader && parser.whole_header()) {
      FinishHeader();
      if (state_ == State::kBody) return taken;
    } else if (parser.is_done()) {
      state_ = State::kDone;
    } else if (left == 0) {
      return taken;
    }
  }
  return taken;
}

void HttpParser::FinishHeader() {
  const Reader::Parser& parser = *reader_->parser;
  if (header_bytes_ > limits::kMaxHeaderBytes) {
    return Fail(ErrorCode::kHeadersTooLarge,
                "The request line and headers may have at most 16 KiB.");
  }
  if (parser.complaint() != nullptr) {
    return Fail(ErrorCode::kRequestMalformed, parser.complaint());
  }
  if (request_->http_1_1 && !request_->has_host) {
    return Fail(ErrorCode::kRequestMalformed, "An HTTP/1.1 request needs a Host header.");
  }
  if (request_->host.find_first_of(" \t,/?#@") != std::string::npos) {
    return Fail(ErrorCode::kRequestMalformed, "The Host header is not a host and port.");
  }
  request_->has_body = !parser.is_done();
  state_ = parser.is_done() ? State::kDone : State::kBody;
}

}  // namespace latchkey::api
