// Words of foreign input as error messages show them, and the word that was probably meant.
//
// Input is hostile: what is shown is printable and bounded, whatever was read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ww {

// The text for an error message: printable, bounded, quoted.
std::string Quoted(std::string_view text);

// The candidate with the least edit distance to `word`, or none when nothing is near.
std::string_view NearestWord(std::string_view word,
                             const std::vector<std::string_view>& candidates);
// ", did you mean 'x'?", or "" when nothing is near.
std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace ww
